"""Libraries: the accepted motions in the formats that readers want, and their publication."""

from pathlib import Path

import dagster as dg

from assets.common import key_of, result, room_version, stage_version, upstream
from assets.layers import Home, Layer, build_layer
from assets.motions import CLIPS
from assets.previews import paths_plot, table_preview
from assets.registry import ArtifactRegistry
from assets.sections import Recipe

GROUP = "libraries"
CONCATENATED = "motion.npz"
PACKED = "motions.pt"


def library_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`npz_motions`, `concatenated_npz`, `motion_lib` and `published_artifact` of a recipe."""
    return [
        _npz_motions(recipe),
        _concatenated_npz(recipe),
        _motion_lib(recipe),
        _published_artifact(recipe),
    ]


def _npz_motions(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version(None, "motionlib")

    @dg.asset(
        key=key_of(recipe, "npz_motions"),
        description="One BeyondMimic `.npz` for each accepted motion, all bodies in robot order.",
        group_name=GROUP,
        kinds={"numpy"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "sampled_motions"),
    )
    def npz_motions(
        context: dg.AssetExecutionContext, home: Home, sampled_motions: Layer
    ) -> dg.MaterializeResult[Layer]:
        def make(folder: Path) -> None:
            from motionlib.formats.beyondmimic import save_npz

            for motion in _load_clips(recipe, sampled_motions.path / CLIPS):
                save_npz(folder / f"{motion.name}.npz", [motion])

        inputs = {"motions": sampled_motions.sha256, "code": version}
        layer = build_layer(home.cache(context.asset_key), inputs, make)
        files = sorted(layer.path.glob("*.npz"))
        rows = [{"file": file.name, "kilobytes": file.stat().st_size // 1024} for file in files]
        return result(
            layer,
            {"files": len(files)}
            | _clips_metadata(recipe, sampled_motions.path / CLIPS)
            | {"preview": table_preview(rows)},
        )

    return npz_motions


def _concatenated_npz(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version(recipe.selection, "motionlib")

    @dg.asset(
        key=key_of(recipe, "concatenated_npz"),
        description=(
            f"The motions to train on, chosen by `{recipe.selection.strategy}`, in one BeyondMimic "
            "`.npz` with its clip boundaries."
        ),
        group_name=GROUP,
        kinds={"numpy"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "sampled_motions"),
    )
    def concatenated_npz(
        context: dg.AssetExecutionContext, home: Home, sampled_motions: Layer
    ) -> dg.MaterializeResult[Layer]:
        def make(folder: Path) -> None:
            from motionlib.formats.beyondmimic import save_npz
            from motionlib.walking.concatenation import concatenate

            chosen = concatenate(
                _load_clips(recipe, sampled_motions.path / CLIPS),
                recipe.selection.strategy,
                names=recipe.selection.motions,
                blend_s=recipe.selection.blend_s,
            )
            save_npz(folder / CONCATENATED, chosen)

        inputs = {"motions": sampled_motions.sha256, "code": version}
        layer = build_layer(home.cache(context.asset_key), inputs, make)
        return result(layer, _clips_metadata(recipe, layer.path / CONCATENATED))

    return concatenated_npz


def _motion_lib(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version(None, "motionlib")

    @dg.asset(
        key=key_of(recipe, "motion_lib"),
        description="The motions to train on as a MotionLib `.pt`, velocities by `forward_min3`.",
        group_name=GROUP,
        kinds={"pytorch"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "concatenated_npz"),
    )
    def motion_lib(
        context: dg.AssetExecutionContext, home: Home, concatenated_npz: Layer
    ) -> dg.MaterializeResult[Layer]:
        source = concatenated_npz.path / CONCATENATED

        def make(folder: Path) -> None:
            from motionlib.formats.protomotions.motion_lib import save_motion_lib
            from motionlib.library import library_from_motions

            library = library_from_motions(
                _load_clips(recipe, source), velocity_rule="forward_min3"
            )
            save_motion_lib(folder / PACKED, library)

        inputs = {"motions": concatenated_npz.sha256, "code": version}
        layer = build_layer(home.cache(context.asset_key), inputs, make)
        return result(layer, _clips_metadata(recipe, source))

    return motion_lib


def _published_artifact(recipe: Recipe) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(recipe, "published_artifact"),
        description=f"`{recipe.artifact.name}`: an immutable version in the artifact registry.",
        group_name=GROUP,
        kinds={"artifact"},
        owners=[recipe.owner],
        code_version=stage_version(recipe.artifact),
        ins=upstream(recipe, "reference_motions", "concatenated_npz", "motion_lib"),
    )
    def published_artifact(
        registry: ArtifactRegistry,
        reference_motions: Layer,
        concatenated_npz: Layer,
        motion_lib: Layer,
    ) -> dg.MaterializeResult[Layer]:
        from motionlib.registry.manifest import Parent

        npz = concatenated_npz.path / CONCATENATED
        source = Parent(
            reference=reference_motions.path.name, sha256=reference_motions.sha256, kind="file"
        )
        version = registry.open().publish(
            {CONCATENATED: npz, PACKED: motion_lib.path / PACKED},
            name=recipe.artifact.name,
            entity=recipe.artifact.entity or None,
            project=recipe.artifact.project,
            aliases=recipe.artifact.aliases,
            metadata=_facts(recipe, npz),
            parents=[source],
        )
        layer = Layer(path=version.path, sha256=version.sha256, reference=version.reference)
        links = {"reference": version.reference, "new_version": version.created}
        return result(layer, links | _clips_metadata(recipe, npz))

    return published_artifact


def _load_clips(recipe: Recipe, path: Path) -> list:
    from motionlib.formats.beyondmimic import load_npz
    from motionlib.robots.files import load_robot

    return load_npz(path, load_robot(recipe.robot_reference(), profile=recipe.profile))


def _clips_metadata(recipe: Recipe, path: Path) -> dict[str, object]:
    motions = _load_clips(recipe, path)
    rows = [
        {
            "motion_name": motion.name,
            "frames": motion.num_frames,
            "seconds": motion.seconds,
            "fps": motion.fps,
            "source": motion.provenance.source,
        }
        for motion in motions
    ]
    paths = {m.name: (m.root_pos[:, 0].tolist(), m.root_pos[:, 1].tolist()) for m in motions}
    return {
        "motions": len(motions),
        "frames": sum(motion.num_frames for motion in motions),
        "seconds": round(sum(motion.seconds for motion in motions), 2),
        "preview": table_preview(rows),
        "plot": paths_plot(paths),
    }


def _facts(recipe: Recipe, path: Path) -> dict[str, object]:
    motions = _load_clips(recipe, path)
    robot = motions[0].robot
    return {
        "robot": robot.name,
        "robot_sha256": robot.semantic_sha256,
        "body_names": robot.body_names,
        "dof_names": robot.dof_names,
        "fps": motions[0].fps,
        "velocity_rule": "central in motion.npz, forward_min3 in motions.pt",
        "motion_names": [motion.name for motion in motions],
        "recipe": recipe.name,
        "code_version": room_version("motionlib"),
    }

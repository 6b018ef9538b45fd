"""Libraries of walking references, in the formats that readers want, and their publication."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from assets.common import LIBRARIES, key_of, result, robot_of, stage_version, upstream
from assets.heads.walking import CLIPS
from assets.layers import Home, Layer, build_layer
from assets.previews import paths_plot, table_preview
from assets.recipes.walking import Recipe
from assets.tail.artifact import ArtifactAsset, Publication, artifact_asset, facts_of

CONCATENATED = "motion.npz"
PACKED = "motions.pt"


def walking_library_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`npz_motions`, `concatenated_npz`, `motion_lib` and `published_artifact` of a recipe."""
    return [
        _npz_motions(recipe),
        _concatenated_npz(recipe),
        _motion_lib(recipe),
        _published_artifact(recipe),
    ]


def _npz_motions(recipe: Recipe) -> dg.AssetsDefinition:
    version = stage_version(None, "motionlib.formats.beyondmimic")

    @dg.asset(
        key=key_of(recipe, "npz_motions"),
        description="One BeyondMimic `.npz` for each accepted motion, all bodies in robot order.",
        group_name=LIBRARIES,
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
    version = stage_version(
        recipe.selection, "motionlib.walking.concatenation", "motionlib.formats.beyondmimic"
    )

    @dg.asset(
        key=key_of(recipe, "concatenated_npz"),
        description=(
            f"The motions to train on, chosen by `{recipe.selection.strategy}`, in one BeyondMimic "
            "`.npz` with its clip boundaries."
        ),
        group_name=LIBRARIES,
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
    version = stage_version(None, "motionlib.library", "motionlib.formats.protomotions.motion_lib")

    @dg.asset(
        key=key_of(recipe, "motion_lib"),
        description="The motions to train on as a MotionLib `.pt`, velocities by `forward_min3`.",
        group_name=LIBRARIES,
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
    asset = ArtifactAsset(
        layer="published_artifact",
        name=recipe.artifact.name,
        section=recipe.artifact,
        group=LIBRARIES,
        holds="the motions to train on as `.npz` and as MotionLib `.pt`",
        inputs=("reference_motions", "concatenated_npz", "motion_lib"),
    )

    def gather(home: Home, folder: Path, layers: Mapping[str, Layer]) -> Publication:
        del home, folder
        from motionlib.registry.manifest import Parent

        npz = layers["concatenated_npz"].path / CONCATENATED
        source = layers["reference_motions"]
        parent = Parent(reference=source.path.name, sha256=source.sha256, kind="file")
        return Publication(
            files={CONCATENATED: npz, PACKED: layers["motion_lib"].path / PACKED},
            facts=_facts(recipe, npz),
            parents=[parent],
            shown=_clips_metadata(recipe, npz),
        )

    return artifact_asset(recipe, asset, gather)


def _load_clips(recipe: Recipe, path: Path) -> list:
    from motionlib.formats.beyondmimic import load_npz

    return load_npz(path, robot_of(recipe))


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
    facts = facts_of(
        recipe,
        motions[0].robot,
        fps=motions[0].fps,
        velocity_rule="central in motion.npz, forward_min3 in motions.pt",
        rooms=("motionlib",),
    )
    return {**facts, "motion_names": [motion.name for motion in motions]}

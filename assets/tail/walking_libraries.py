"""Libraries of walking references, in the formats that readers want, and their publication."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.common import key_of, layer_asset, result, robot_of, stage_version
from assets.heads.walking import CLIPS
from assets.layers import Home, Layer, build_layer
from assets.previews import paths_plot, table_preview
from assets.recipes.walking import Recipe, Selection
from assets.tail.artifact import ArtifactAsset, Publication, artifact_asset, facts_of

if TYPE_CHECKING:
    from motionlib.motion import Motion

CONCATENATED = "motion.npz"
PACKED = "motions.pt"


def walking_library_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`npz_motions`, `concatenated_npz`, `motion_lib` and `published_artifact` of a recipe."""
    beyondmimic = "motionlib.formats.beyondmimic"
    one_each = _Library(
        layer="npz_motions",
        description="One BeyondMimic `.npz` for each accepted motion, all bodies in robot order.",
        kind="numpy",
        version=stage_version(None, beyondmimic),
        source=("sampled_motions", CLIPS),
        write=_write_one_each,
    )
    concatenated = _Library(
        layer="concatenated_npz",
        description=(
            f"The motions to train on, chosen by `{recipe.selection.strategy}`, in one BeyondMimic "
            "`.npz` with its clip boundaries."
        ),
        kind="numpy",
        version=stage_version(recipe.selection, "motionlib.walking.concatenation", beyondmimic),
        source=("sampled_motions", CLIPS),
        write=lambda motions, folder: _write_chosen(recipe.selection, motions, folder),
        made=CONCATENATED,
    )
    packed = _Library(
        layer="motion_lib",
        description="The motions to train on as a MotionLib `.pt`, velocities by `forward_min3`.",
        kind="pytorch",
        version=stage_version(
            None, "motionlib.library", "motionlib.formats.protomotions.motion_lib"
        ),
        source=("concatenated_npz", CONCATENATED),
        write=_write_packed,
    )
    libraries = [_library(recipe, each) for each in (one_each, concatenated, packed)]
    return [*libraries, _published_artifact(recipe)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Library:
    """Motions of one layer's file, written in another format."""

    layer: str
    description: str
    kind: str
    version: str
    source: tuple[str, str]
    """Layer and file that the motions are read from."""
    write: "Callable[[list[Motion], Path], None]"
    """Motions and the folder to write into."""
    made: str = ""
    """File whose motions the asset shows; those of the source if empty."""


def _library(recipe: Recipe, library: _Library) -> dg.AssetsDefinition:
    layer, file = library.source

    @layer_asset(
        recipe,
        library.layer,
        description=library.description,
        kinds={library.kind},
        version=library.version,
        ins={"motions": dg.AssetIn(key=key_of(recipe, layer))},
    )
    def make_library(
        context: dg.AssetExecutionContext, home: Home, motions: Layer
    ) -> dg.MaterializeResult[Layer]:
        source = motions.path / file
        made = build_layer(
            home.cache(context.asset_key),
            {"motions": motions.sha256, "code": library.version},
            lambda folder: library.write(_load_clips(recipe, source), folder),
        )
        shown = made.path / library.made if library.made else source
        return result(
            made, {"files": len(list(made.path.iterdir())) - 1, **_metadata(recipe, shown)}
        )

    return make_library


def _write_one_each(motions: "list[Motion]", folder: Path) -> None:
    from motionlib.formats.beyondmimic import save_npz

    for motion in motions:
        save_npz(folder / f"{motion.name}.npz", [motion])


def _write_chosen(selection: Selection, motions: "list[Motion]", folder: Path) -> None:
    from motionlib.formats.beyondmimic import save_npz
    from motionlib.walking.concatenation import concatenate

    chosen = concatenate(
        motions, selection.strategy, names=selection.motions, blend_s=selection.blend_s
    )
    save_npz(folder / CONCATENATED, chosen)


def _write_packed(motions: "list[Motion]", folder: Path) -> None:
    from motionlib.formats.protomotions.motion_lib import save_motion_lib
    from motionlib.library import library_from_motions

    save_motion_lib(folder / PACKED, library_from_motions(motions, velocity_rule="forward_min3"))


def _published_artifact(recipe: Recipe) -> dg.AssetsDefinition:
    asset = ArtifactAsset(
        layer="published_artifact",
        section=recipe.artifact,
        holds="the motions to train on as `.npz` and as MotionLib `.pt`",
        inputs=("reference_motions", "concatenated_npz", "motion_lib"),
    )

    def gather(
        context: dg.AssetExecutionContext, home: Home, layers: Mapping[str, Layer]
    ) -> Publication:
        del context, home
        from motionlib.registry.manifest import Parent

        npz = layers["concatenated_npz"].path / CONCATENATED
        source = layers["reference_motions"]
        parent = Parent(reference=source.path.name, sha256=source.sha256, kind="file")
        return Publication(
            name=recipe.artifact.name,
            files={CONCATENATED: npz, PACKED: layers["motion_lib"].path / PACKED},
            facts=_facts(recipe, npz),
            parents=[parent],
            shown=_metadata(recipe, npz),
        )

    return artifact_asset(recipe, asset, gather)


def _load_clips(recipe: Recipe, path: Path) -> "list[Motion]":
    from motionlib.formats.beyondmimic import load_npz

    return load_npz(path, robot_of(recipe))


def _metadata(recipe: Recipe, path: Path) -> dict[str, object]:
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

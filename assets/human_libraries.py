"""Libraries of human motions: one MotionLib a split, streamed from the store, and published."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.clip_stage import human_store
from assets.common import key_of, result, room_version, stage_version, upstream
from assets.human_reports import BOOKS, REJECTED_TABLE, TABLE, write_tables
from assets.human_sections import HumanRecipe
from assets.layers import Home, Layer, build_layer
from assets.places import library_path
from assets.previews import bars_plot, table_preview
from assets.registry import ArtifactRegistry
from assets.tables import read_rows
from motionlib.stages.verdicts import is_kept

if TYPE_CHECKING:
    from motionlib.corpus.row import Split
    from motionlib.formats.protomotions.writer import PackedClip
    from motionlib.robot import Robot
    from motionlib.stages.store import ClipStore

GROUP = "libraries"
_KEPT = 2
"""Versions of a library in the cache: AMASS's are 10 GB each, and published ones lie in the
registry."""
_COLUMNS = ("clip_id", "fate", "output_frames", "output_seconds", "weight", "subset")


def human_library_assets(recipe: HumanRecipe) -> list[dg.AssetsDefinition]:
    """`motion_lib_<split>` of each split and `published_artifact` of a recipe."""
    libraries = [_motion_lib(recipe, split) for split in recipe.libraries.splits]
    return [*libraries, _published_artifact(recipe)]


def library_layers(recipe: HumanRecipe) -> list[str]:
    """Names of the layers that hold the libraries."""
    return [f"motion_lib_{split}" for split in recipe.libraries.splits]


def kept_rows(clips: Layer, split: str) -> list[dict[str, Any]]:
    """Rows of the table that belong into the split's library, flagged ones too, in its order."""
    rows = read_rows(clips.path)
    return [row for row in rows if is_kept(row) and row["split"] == split]


def _motion_lib(recipe: HumanRecipe, split: "Split") -> dg.AssetsDefinition:
    rule, shards = recipe.human.velocity_rule, recipe.libraries.shards
    parameters = (recipe.human, recipe.robot, recipe.profile, shards)
    version = stage_version(
        parameters, "motionlib/human", "motionlib/formats", "motionlib/containers"
    )

    @dg.asset(
        key=key_of(recipe, f"motion_lib_{split}"),
        description=f"The accepted clips of `{split}` as a MotionLib `.pt`, velocities by `{rule}`.",
        group_name=GROUP,
        kinds={"pytorch"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "robot_model", "clips"),
    )
    def motion_lib(
        context: dg.AssetExecutionContext, home: Home, robot_model: Layer, clips: Layer
    ) -> dg.MaterializeResult[Layer]:
        rows = kept_rows(clips, split)

        def make(folder: Path) -> None:
            _pack(recipe, home, folder, rows)

        packed = [[row["clip_id"], row["key"], row["weight"]] for row in rows]
        inputs = {"clips": packed, "robot": robot_model.sha256, "code": version}
        layer = build_layer(home.cache(context.asset_key), inputs, make, keep=_KEPT)
        if not rows:
            context.log.warning(f"no library of {split}: no clip of that split was accepted")
        return result(layer, library_metadata(layer, split, rows))

    return motion_lib


def _published_artifact(recipe: HumanRecipe) -> dg.AssetsDefinition:
    layers = library_layers(recipe)

    @dg.asset(
        key=key_of(recipe, "published_artifact"),
        description=(
            f"`{recipe.artifact.name}`: the libraries with their table of clips and their books, "
            "an immutable version in the artifact registry."
        ),
        group_name=GROUP,
        kinds={"artifact"},
        owners=[recipe.owner],
        code_version=stage_version(recipe.artifact),
        ins=upstream(recipe, "clip_index", "clips", *layers),
    )
    def published_artifact(
        context: dg.AssetExecutionContext,
        home: Home,
        registry: ArtifactRegistry,
        clip_index: Layer,
        clips: Layer,
        **libraries: Layer,
    ) -> dg.MaterializeResult[Layer]:
        from motionlib.registry.manifest import Parent

        inputs = {"clips": clips.sha256, "code": room_version("assets")}
        tables = build_layer(
            home.cache(context.asset_key), inputs, lambda folder: write_tables(folder, clips.path)
        )
        packed = [file for each in libraries.values() for file in library_files(each)]
        beside = [tables.path / name for name in (TABLE, REJECTED_TABLE, BOOKS)]
        files = {file.name: file for file in (*packed, *beside)}
        source = recipe.source_path().name
        version = registry.open().publish(
            files,
            name=recipe.artifact.name,
            entity=recipe.artifact.entity or None,
            project=recipe.artifact.project,
            aliases=recipe.artifact.aliases,
            metadata=_facts(recipe, clips),
            parents=[Parent(reference=source, sha256=clip_index.sha256, kind="file")],
        )
        layer = Layer(path=version.path, sha256=version.sha256, reference=version.reference)
        links = {"reference": version.reference, "new_version": version.created}
        return result(layer, {**links, "files": sorted(files), **_facts(recipe, clips)["clips"]})

    return published_artifact


def library_files(layer: Layer) -> list[Path]:
    """The `.pt` files of a split; none if no clip of it was accepted."""
    return sorted(layer.path.glob("*.pt"))


def _pack(recipe: HumanRecipe, home: Home, folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    from motionlib.formats.protomotions.writer import write_motion_lib
    from motionlib.robots.files import load_robot

    if not rows:
        return
    robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
    store = human_store(home)
    shards = recipe.libraries.shards
    path, shards = library_path(folder, rows[0]["split"], clips=len(rows), shards=shards)
    write_motion_lib(
        path,
        robot,
        [_packed_clip(recipe, robot, store, row) for row in rows],
        velocity_rule=recipe.human.velocity_rule,
        shards=shards,
        progress=True,
    )


def _packed_clip(
    recipe: HumanRecipe, robot: "Robot", store: "ClipStore", row: Mapping[str, Any]
) -> "PackedClip":
    from motionlib.formats.protomotions.writer import PackedClip
    from motionlib.human.states import human_states
    from motionlib.stages.provenance import provenance_of, resampled

    return PackedClip(
        name=row["clip_id"],
        fps=recipe.human.fps,
        num_frames=row["output_frames"],
        weight=row["weight"],
        provenance=provenance_of(row, steps=(resampled(row, recipe.human.fps),)),
        load=lambda: human_states(store.load(row["cache_path"]), robot, recipe.human),
    )


def library_metadata(layer: Layer, split: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a library's asset shows of it."""
    files = library_files(layer)
    metadata: dict[str, Any] = {
        "motions": len(rows),
        "hours": round(sum(row["output_seconds"] for row in rows) / 3600.0, 4),
        "files": [file.name for file in files],
        "megabytes": round(sum(file.stat().st_size for file in files) / 1e6, 3),
    }
    if not rows:
        return {**metadata, "skipped": f"no clip of split {split} was accepted"}
    hours: dict[str, float] = {}
    for row in rows:
        hours[row["subset"]] = hours.get(row["subset"], 0.0) + row["output_seconds"] / 3600.0
    preview = table_preview([{key: row[key] for key in _COLUMNS} for row in rows])
    return {**metadata, "preview": preview, "plot": bars_plot({split: hours}, "hours")}


def _facts(recipe: HumanRecipe, clips: Layer) -> dict[str, Any]:
    from motionlib.robots.files import load_robot

    robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
    counts = {f"{s}_clips": len(kept_rows(clips, s)) for s in recipe.libraries.splits}
    return {
        "robot": robot.name,
        "robot_sha256": robot.semantic_sha256,
        "body_names": robot.body_names,
        "dof_names": robot.dof_names,
        "fps": recipe.human.fps,
        "velocity_rule": recipe.human.velocity_rule,
        "recipe": recipe.name,
        "code_version": room_version("motionlib"),
        "clips": counts,
    }

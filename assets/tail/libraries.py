"""Libraries of clips: one MotionLib a split, streamed from the store, and `.npz` files beside them."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, layer_asset, result, stage_version
from assets.layers import Home, Layer, build_layer
from assets.previews import bars_plot, table_preview
from assets.recipes.recordings import HumanRecipe
from assets.stages.places import library_path
from assets.tail.clip_sets import ClipSet, Owner, robot_motion

if TYPE_CHECKING:
    from motionlib.corpus.row import Split
    from motionlib.robot import Robot

_KEPT = 2
"""Versions of a library in the cache: AMASS's are 10 GB each, and published ones lie in the
registry."""
_COLUMNS = ("clip_id", "fate", "output_frames", "output_seconds", "weight", "subset")

Rows = Sequence[Mapping[str, Any]]


def library_asset(owner: Owner, split: "Split") -> dg.AssetsDefinition:
    """`motion_lib_<split>` of an owner."""
    recipe = owner.recipe
    rule, shards = recipe.human.velocity_rule, recipe.libraries.shards
    version = stage_version(
        (owner.settings, shards), *owner.code, "motionlib.formats.protomotions.writer"
    )

    @layer_asset(
        recipe,
        owner.library(split),
        description=(
            f"The kept clips of `{split}` on {owner.name} as a MotionLib `.pt`, velocities by "
            f"`{rule}`."
        ),
        kinds={"pytorch"},
        version=version,
        ins={"table": dg.AssetIn(key=key_of(recipe, owner.table))},
        after=owner.after,
        partitions_def=owner.partitions,
    )
    def motion_lib(
        context: dg.AssetExecutionContext, home: Home, table: Layer
    ) -> dg.MaterializeResult[Layer]:
        clips = owner.clips(owner.key(context))
        rows, robot = clips.rows(table, split), clips.load_robot()
        packed = [[row["clip_id"], row["key"], row["weight"]] for row in rows]
        inputs = {"clips": packed, "robot": robot.sha256, "code": version}

        def make(folder: Path) -> None:
            _pack(clips, home, robot, folder, rows)

        layer = build_layer(owner.folder(home, context), inputs, make, keep=_KEPT)
        if not rows:
            context.log.warning(f"{owner.library(split)} is empty: no clip of {split} was kept")
        return result(layer, _metadata(layer, split, rows))

    return motion_lib


def npz_asset(owner: Owner) -> dg.AssetsDefinition:
    """`robot_npz` of a recipe."""
    recipe = owner.recipe
    files = recipe.retargeting().npz
    version = stage_version(
        (owner.settings, files),
        *owner.code,
        "motionlib.formats.beyondmimic",
        "motionlib.resampling",
    )

    @layer_asset(
        recipe,
        owner.npz,
        description=(
            f"The first {files.max_clips} clips of {', '.join(files.splits)} on {owner.name} as "
            "BeyondMimic `.npz`, one file each, named by their clip ids."
        ),
        kinds={"numpy"},
        version=version,
        ins={"table": dg.AssetIn(key=key_of(recipe, owner.table))},
        after=owner.after,
        partitions_def=owner.partitions,
    )
    def npz(
        context: dg.AssetExecutionContext, home: Home, table: Layer
    ) -> dg.MaterializeResult[Layer]:
        clips = owner.clips(owner.key(context))
        robot = clips.load_robot()
        rows = [
            row
            for split in files.splits
            for row in itertools.islice(clips.rows(table, split), files.max_clips)
        ]
        packed = [[row["clip_id"], row["key"], row["weight"], row["split"]] for row in rows]
        inputs = {"clips": packed, "robot": robot.sha256, "code": version}

        def make(folder: Path) -> None:
            _write_npz(recipe, home, robot, folder, rows)

        layer = build_layer(owner.folder(home, context), inputs, make, keep=_KEPT)
        return result(layer, {"files": len(rows), "preview": _preview(rows)})

    return npz


def library_files(layer: Layer) -> list[Path]:
    """The `.pt` files of a split; none if no clip of it was kept."""
    return sorted(layer.path.glob("*.pt"))


def _pack(clips: ClipSet, home: Home, robot: "Robot", folder: Path, rows: Rows) -> None:
    from motionlib.formats.protomotions.writer import write_motion_lib

    if not rows:
        return
    shards = clips.recipe.libraries.shards
    path, shards = library_path(folder, rows[0]["split"], clips=len(rows), shards=shards)
    packed = [clips.packed(home, robot, row) for row in rows]
    rule = clips.recipe.human.velocity_rule
    write_motion_lib(path, robot, packed, velocity_rule=rule, shards=shards, progress=True)


def _write_npz(recipe: HumanRecipe, home: Home, robot: "Robot", folder: Path, rows: Rows) -> None:
    from motionlib.formats.beyondmimic import save_npz
    from motionlib.resampling import resample_motion

    fps = recipe.retargeting().npz.fps
    for row in rows:
        motion = robot_motion(recipe, home, robot, row)
        path = folder / row["split"] / f"{row['clip_id']}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_npz(path, [resample_motion(motion, fps) if fps else motion])


def _metadata(layer: Layer, split: str, rows: Rows) -> dict[str, Any]:
    files = library_files(layer)
    metadata: dict[str, Any] = {
        "motions": len(rows),
        "hours": round(sum(row["output_seconds"] for row in rows) / 3600.0, 4),
        "files": [file.name for file in files],
        "megabytes": round(sum(file.stat().st_size for file in files) / 1e6, 3),
    }
    if not rows:
        return {**metadata, "skipped": f"no clip of split {split} was kept"}
    hours: dict[str, float] = {}
    for row in rows:
        hours[row["subset"]] = hours.get(row["subset"], 0.0) + row["output_seconds"] / 3600.0
    return {**metadata, "preview": _preview(rows), "plot": bars_plot({split: hours}, "hours")}


def _preview(rows: Rows) -> dg.MetadataValue:
    return table_preview([{name: row[name] for name in _COLUMNS} for row in rows])

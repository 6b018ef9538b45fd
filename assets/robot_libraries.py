"""Libraries of a robot: one MotionLib a split, and `.npz` files for other trainers."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.clip_stage import robot_store
from assets.common import key_of, result, stage_version, upstream
from assets.human_libraries import library_metadata
from assets.human_sections import HumanRecipe
from assets.layers import Home, Layer, build_layer
from assets.places import library_path
from assets.previews import table_preview
from assets.robot_recipe import robot_of, section_of
from assets.robot_report import report_name
from assets.robot_reports import (
    kept_rows,
    library_name,
)

if TYPE_CHECKING:
    from motionlib.corpus.row import Split
    from motionlib.formats.protomotions.writer import PackedClip
    from motionlib.robot import Robot
    from motionlib.stages.store import ClipStore

_KEPT = 2
"""Versions of what is made here that stay in the cache."""
_COLUMNS = ("clip_id", "fate", "output_frames", "output_seconds", "weight", "subset")
_CODE = ("retarget", "motionlib/formats", "motionlib/containers")

Rows = Sequence[Mapping[str, Any]]


def robot_library_assets(recipe: HumanRecipe, key: str) -> list[dg.AssetsDefinition]:
    """`<robot>_motion_lib_<split>` of each split, and `<robot>_npz` where asked for."""
    libraries = [_motion_lib(recipe, key, split) for split in recipe.libraries.splits]
    return [*libraries, *([_npz(recipe, key)] if npz_wanted(recipe) else [])]


def npz_wanted(recipe: HumanRecipe) -> bool:
    """Whether the recipe has `<robot>_npz`."""
    return recipe.retarget is not None and recipe.retarget.npz.max_clips > 0


def robot_library_layers(recipe: HumanRecipe) -> list[str]:
    """Names of the layers that hold the robots' libraries."""
    keys = recipe.retarget.robot_keys() if recipe.retarget else ()
    return [library_name(key, split) for key in keys for split in recipe.libraries.splits]


def _motion_lib(recipe: HumanRecipe, key: str, split: "Split") -> dg.AssetsDefinition:
    rule, shards = recipe.human.velocity_rule, recipe.libraries.shards
    name = library_name(key, split)
    parameters = (section_of(recipe).reference(recipe.file, key), rule, shards)
    version = stage_version(parameters, *_CODE)

    @dg.asset(
        key=key_of(recipe, name),
        description=(
            f"The clips of `{split}` on `{key}` as a MotionLib `.pt`, names and weights as in the "
            f"human table, velocities by `{rule}`."
        ),
        group_name=key,
        kinds={"pytorch"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "robot_clips"),
        # its check stops what nobody should train on
        deps=[key_of(recipe, report_name(key))],
    )
    def motion_lib(
        context: dg.AssetExecutionContext, home: Home, robot_clips: Layer
    ) -> dg.MaterializeResult[Layer]:
        rows, robot = kept_rows(robot_clips, key, split), robot_of(recipe, key)
        packed = [[row["clip_id"], row["key"], row["weight"]] for row in rows]
        inputs = {"clips": packed, "robot": robot.sha256, "code": version}

        def make(folder: Path) -> None:
            _pack(recipe, home, robot, folder, rows)

        layer = build_layer(home.cache(context.asset_key), inputs, make, keep=_KEPT)
        if not rows:
            context.log.warning(f"no library of {split}: no clip of that split went to {key}")
        return result(layer, library_metadata(layer, split, rows))

    return motion_lib


def _npz(recipe: HumanRecipe, key: str) -> dg.AssetsDefinition:
    files = section_of(recipe).npz
    version = stage_version((section_of(recipe).reference(recipe.file, key), files), *_CODE)

    @dg.asset(
        key=key_of(recipe, f"{key}_npz"),
        description=(
            f"The first {files.max_clips} clips of {', '.join(files.splits)} on `{key}` as "
            "BeyondMimic `.npz`, one file each, named by their clip ids."
        ),
        group_name=key,
        kinds={"numpy"},
        owners=[recipe.owner],
        code_version=version,
        ins=upstream(recipe, "robot_clips"),
        # its check stops what nobody should train on
        deps=[key_of(recipe, report_name(key))],
    )
    def npz(
        context: dg.AssetExecutionContext, home: Home, robot_clips: Layer
    ) -> dg.MaterializeResult[Layer]:
        robot = robot_of(recipe, key)
        rows = [
            row
            for split in files.splits
            for row in itertools.islice(kept_rows(robot_clips, key, split), files.max_clips)
        ]
        packed = [[row["clip_id"], row["key"], row["weight"], row["split"]] for row in rows]
        inputs = {"clips": packed, "robot": robot.sha256, "code": version}

        def make(folder: Path) -> None:
            _write_npz(recipe, home, robot, folder, rows)

        layer = build_layer(home.cache(context.asset_key), inputs, make, keep=_KEPT)
        shown = table_preview([{name: row[name] for name in _COLUMNS} for row in rows])
        return result(layer, {"files": len(rows), "preview": shown})

    return npz


def _pack(recipe: HumanRecipe, home: Home, robot: "Robot", folder: Path, rows: Rows) -> None:
    from motionlib.formats.protomotions.writer import write_motion_lib

    if not rows:
        return
    store, rule = robot_store(home), recipe.human.velocity_rule
    shards = recipe.libraries.shards
    path, shards = library_path(folder, rows[0]["split"], clips=len(rows), shards=shards)
    clips = [_packed_clip(recipe, robot, store, row) for row in rows]
    write_motion_lib(path, robot, clips, velocity_rule=rule, shards=shards, progress=True)


def _packed_clip(
    recipe: HumanRecipe, robot: "Robot", store: "ClipStore", row: Mapping[str, Any]
) -> "PackedClip":
    from motionlib.formats.protomotions.writer import PackedClip
    from motionlib.stages.provenance import provenance_of
    from retarget.stage.stored import stored_motion
    from retarget.states import clip_states

    rule, steps = recipe.human.velocity_rule, _steps(recipe, row)
    return PackedClip(
        name=row["clip_id"],
        fps=row["fps"],
        num_frames=row["output_frames"],
        weight=row["weight"],
        provenance=provenance_of(row, steps=steps),
        load=lambda: clip_states(stored_motion(row, robot, store), velocity_rule=rule),
    )


def _write_npz(recipe: HumanRecipe, home: Home, robot: "Robot", folder: Path, rows: Rows) -> None:
    from motionlib.formats.beyondmimic import save_npz
    from motionlib.resampling import resample_motion
    from retarget.stage.stored import stored_motion

    fps, store = section_of(recipe).npz.fps, robot_store(home)
    for row in rows:
        motion = stored_motion(row, robot, store, steps=_steps(recipe, row))
        path = folder / row["split"] / f"{row['clip_id']}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_npz(path, [resample_motion(motion, fps) if fps else motion])


def _steps(recipe: HumanRecipe, row: Mapping[str, Any]) -> tuple[str, ...]:
    from motionlib.stages.provenance import resampled

    return (
        resampled(row, recipe.human.fps),
        f"retargeted to {row['robot']} by {section_of(recipe).settings.method}",
    )

"""Libraries of a robot: one MotionLib a split, `.npz` files for other trainers, and the artifact."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, result, room_version, stage_version, upstream
from assets.human_libraries import library_files, library_metadata
from assets.human_sections import HumanRecipe
from assets.layers import Home, Layer, build_layer
from assets.previews import table_preview
from assets.registry import ArtifactRegistry
from assets.robot_report import report_name
from assets.robot_reports import (
    ROBOT_BOOKS,
    ROBOT_TABLE,
    kept_rows,
    library_name,
    write_robot_tables,
)
from assets.robot_results import robot_of, robot_store_of, section_of

if TYPE_CHECKING:
    from motionlib.clips.row import Split
    from motionlib.clips.store import ClipStore
    from motionlib.formats.motion_lib_writer import PackedClip
    from motionlib.robot import Robot

_KEPT = 2
"""Versions of what is made here that stay in the cache."""
_COLUMNS = ("clip_id", "fate", "output_frames", "output_seconds", "weight", "subset")
_CODE = ("retarget", "motionlib/formats")

Rows = Sequence[Mapping[str, Any]]


def robot_library_assets(recipe: HumanRecipe, key: str) -> list[dg.AssetsDefinition]:
    """`<robot>_motion_lib_<split>`, `<robot>_npz` where asked for, and `<robot>_artifact`."""
    libraries = [_motion_lib(recipe, key, split) for split in recipe.libraries.splits]
    npz = [_npz(recipe, key)] if npz_wanted(recipe) else []
    return [*libraries, *npz, _artifact(recipe, key)]


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
            _pack(recipe, home, robot, folder / f"{split}.pt", rows)

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


def _artifact(recipe: HumanRecipe, key: str) -> dg.AssetsDefinition:
    section = section_of(recipe)
    libraries = [library_name(key, split) for split in recipe.libraries.splits]
    npz = [f"{key}_npz"] if npz_wanted(recipe) else []

    @dg.asset(
        key=key_of(recipe, f"{key}_artifact"),
        description=(
            f"`{section.artifact_of(key)}`: the libraries of `{key}` with their `.npz` files, "
            "table and books, an immutable version in the artifact registry."
        ),
        group_name=key,
        kinds={"artifact"},
        owners=[recipe.owner],
        code_version=stage_version(section.artifact),
        ins=upstream(recipe, "robot_clips", "published_artifact", *libraries, *npz),
    )
    def artifact(
        context: dg.AssetExecutionContext,
        home: Home,
        registry: ArtifactRegistry,
        robot_clips: Layer,
        published_artifact: Layer,
        **made: Layer,
    ) -> dg.MaterializeResult[Layer]:
        from motionlib.registry.manifest import Parent

        inputs = {"clips": robot_clips.sha256, "robot": key, "code": room_version("assets")}
        tables = build_layer(
            home.cache(context.asset_key),
            inputs,
            lambda folder: write_robot_tables(folder, robot_clips.path, key),
        )
        files = {name: tables.path / name for name in (ROBOT_TABLE, ROBOT_BOOKS)}
        files |= {file.name: file for name in libraries for file in library_files(made[name])}
        files |= {k: file for name in npz for k, file in _npz_files(made[name]).items()}
        human = Parent(reference=published_artifact.reference, sha256=published_artifact.sha256)
        version = registry.open().publish(
            files,
            name=section.artifact_of(key),
            entity=section.artifact.entity or None,
            project=section.artifact.project,
            aliases=section.artifact.aliases,
            metadata=_facts(recipe, key, robot_clips),
            parents=[human],
        )
        layer = Layer(path=version.path, sha256=version.sha256, reference=version.reference)
        links = {"reference": version.reference, "new_version": version.created}
        return result(layer, {**links, "files": len(files), "from": human.reference})

    return artifact


def _pack(recipe: HumanRecipe, home: Home, robot: "Robot", path: Path, rows: Rows) -> None:
    from motionlib.formats.motion_lib_writer import write_motion_lib

    if not rows:
        return
    store, rule = robot_store_of(home), recipe.human.velocity_rule
    shards = min(recipe.libraries.shards, len(rows))
    if shards > 1:
        path = path.with_name(f"{path.stem}_slurmrank.pt")
    clips = [_packed_clip(recipe, robot, store, row) for row in rows]
    write_motion_lib(path, robot, clips, velocity_rule=rule, shards=shards, progress=True)


def _packed_clip(
    recipe: HumanRecipe, robot: "Robot", store: "ClipStore", row: Mapping[str, Any]
) -> "PackedClip":
    from motionlib.formats.motion_lib_writer import PackedClip
    from retarget.states import clip_states
    from retarget.stored import provenance_of, stored_motion

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
    from retarget.stored import stored_motion

    fps, store = section_of(recipe).npz.fps, robot_store_of(home)
    for row in rows:
        motion = stored_motion(row, robot, store, steps=_steps(recipe, row))
        path = folder / row["split"] / f"{row['clip_id']}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_npz(path, [resample_motion(motion, fps) if fps else motion])


def _steps(recipe: HumanRecipe, row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"resampled from {row['source_fps']:g} to {recipe.human.fps:g} fps",
        f"retargeted to {row['robot']} by {section_of(recipe).settings.method}",
    )


def _npz_files(layer: Layer) -> dict[str, Path]:
    files = sorted(layer.path.rglob("*.npz"))
    return {f"npz/{file.relative_to(layer.path).as_posix()}": file for file in files}


def _facts(recipe: HumanRecipe, key: str, robot_clips: Layer) -> dict[str, Any]:
    robot = robot_of(recipe, key)
    section = section_of(recipe)
    splits = recipe.libraries.splits
    return {
        "robot": robot.name,
        "robot_sha256": robot.semantic_sha256,
        "body_names": robot.body_names,
        "dof_names": robot.dof_names,
        "fps": section.settings.fps or recipe.human.fps,
        "velocity_rule": recipe.human.velocity_rule,
        "recipe": recipe.name,
        "code_version": room_version("motionlib", "retarget"),
        "clips": {f"{s}_clips": len(kept_rows(robot_clips, key, s)) for s in splits},
        "method": section.settings.method,
    }

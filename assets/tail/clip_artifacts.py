"""What is published of a set of clips: its libraries with their table and books, and their origin."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from assets.common import LIBRARIES, code_version
from assets.layers import Home, Layer, build_layer
from assets.recipes.recordings import HumanRecipe
from assets.stages.human import human_tables
from assets.stages.robots import robot_tables
from assets.stages.tables import StageTables, copy_tables
from assets.tail.artifact import ArtifactAsset, Publication, artifact_asset, facts_of
from assets.tail.clip_sets import ClipSet, human_clips, robot_clips
from assets.tail.libraries import library_files, npz_layer

_HUMAN = "published_artifact"


def human_artifact(recipe: HumanRecipe) -> dg.AssetsDefinition:
    """`published_artifact` of a recipe of recordings."""
    clips = human_clips(recipe)
    asset = ArtifactAsset(
        layer=_HUMAN,
        name=recipe.artifact.name,
        section=recipe.artifact,
        group=LIBRARIES,
        holds="the libraries with their table of clips and their books",
        inputs=("clip_index", clips.table, *clips.libraries()),
    )

    def gather(home: Home, folder: Path, layers: Mapping[str, Layer]) -> Publication:
        del home
        from motionlib.registry.manifest import Parent

        table, index = layers[clips.table], layers["clip_index"]
        beside = _tables(human_tables(recipe), table, folder)
        source = recipe.source_path().name
        facts = _facts(clips, table, fps=recipe.human.fps, rooms=("motionlib",))
        return Publication(
            files=_packed(clips, layers) | beside,
            facts=facts,
            parents=[Parent(reference=source, sha256=index.sha256, kind="file")],
            shown=facts["clips"],
        )

    return artifact_asset(recipe, asset, gather)


def robot_artifact(recipe: HumanRecipe, key: str) -> dg.AssetsDefinition:
    """`<robot>_artifact` of a recipe of recordings."""
    section, clips, npz = recipe.retargeting(), robot_clips(recipe, key), npz_layer(recipe, key)
    asset = ArtifactAsset(
        layer=f"{key}_artifact",
        name=section.artifact_of(key),
        section=section.artifact,
        group=key,
        holds=f"the libraries of `{key}` with their `.npz` files, table and books",
        inputs=(clips.table, _HUMAN, *clips.libraries(), *npz),
    )

    def gather(home: Home, folder: Path, layers: Mapping[str, Layer]) -> Publication:
        del home
        from motionlib.registry.manifest import Parent

        table, human = layers[clips.table], layers[_HUMAN]
        beside = _tables(robot_tables(recipe), table, folder, robot=key)
        fps = section.settings.fps or recipe.human.fps
        facts = _facts(clips, table, fps=fps, rooms=("motionlib", "retarget"))
        files = _packed(clips, layers) | beside
        for layer in npz:
            files |= _npz_files(layers[layer].path)
        return Publication(
            files=files,
            facts={**facts, "method": section.settings.method},
            parents=[Parent(reference=human.reference, sha256=human.sha256)],
            shown={"from": human.reference},
        )

    return artifact_asset(recipe, asset, gather)


def _tables(tables: StageTables, table: Layer, folder: Path, *, robot: str = "") -> dict[str, Path]:
    """Copies of tables that say nothing of this machine, by name."""
    inputs = {"clips": table.sha256, "robot": robot, "code": code_version("assets.stages.tables")}
    layer = build_layer(
        folder, inputs, lambda target: copy_tables(tables, table.path, target, robot=robot)
    )
    return {name: layer.path / name for name in (tables.table, tables.rejected, tables.books)}


def _packed(clips: ClipSet, layers: Mapping[str, Layer]) -> dict[str, Path]:
    return {f.name: f for name in clips.libraries() for f in library_files(layers[name])}


def _npz_files(folder: Path) -> dict[str, Path]:
    files = sorted(folder.rglob("*.npz"))
    return {f"npz/{file.relative_to(folder).as_posix()}": file for file in files}


def _facts(clips: ClipSet, table: Layer, *, fps: float, rooms: tuple[str, ...]) -> dict[str, Any]:
    recipe = clips.recipe
    rule = recipe.human.velocity_rule
    facts = facts_of(recipe, clips.load_robot(), fps=fps, velocity_rule=rule, rooms=rooms)
    splits = recipe.libraries.splits
    return {**facts, "clips": {f"{s}_clips": len(clips.rows(table, s)) for s in splits}}

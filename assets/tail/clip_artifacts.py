"""What is published of a set of clips: its libraries with their table and books, and their origin."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from assets.common import LIBRARIES, code_version
from assets.human_reports import BOOKS, REJECTED_TABLE, TABLE, write_tables
from assets.layers import Home, Layer, build_layer
from assets.recipes.recordings import HumanRecipe
from assets.robot_recipe import section_of
from assets.robot_reports import ROBOT_BOOKS, ROBOT_TABLE, write_robot_tables
from assets.tail.artifact import ArtifactAsset, Publication, artifact_asset, facts_of
from assets.tail.clip_sets import ClipSet, human_clips, robot_clips
from assets.tail.libraries import library_files, npz_layer

_HUMAN = "published_artifact"
_TABLES_OF = (__name__, "assets.human_reports", "assets.robot_reports")
"""Modules that write the tables that go with libraries."""


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
        beside = _tables(
            folder,
            {"clips": table.sha256, "code": code_version(*_TABLES_OF)},
            lambda target: write_tables(target, table.path),
            (TABLE, REJECTED_TABLE, BOOKS),
        )
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
    section, clips, npz = section_of(recipe), robot_clips(recipe, key), npz_layer(recipe, key)
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
        beside = _tables(
            folder,
            {"clips": table.sha256, "robot": key, "code": code_version(*_TABLES_OF)},
            lambda target: write_robot_tables(target, table.path, key),
            (ROBOT_TABLE, ROBOT_BOOKS),
        )
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


def _tables(
    folder: Path,
    inputs: Mapping[str, object],
    write: Callable[[Path], None],
    names: tuple[str, ...],
) -> dict[str, Path]:
    """Copies of tables that say nothing of this machine, by name."""
    layer = build_layer(folder, inputs, write)
    return {name: layer.path / name for name in names}


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

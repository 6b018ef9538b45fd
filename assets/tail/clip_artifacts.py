"""What is published of a set of clips: its libraries with their table and books, and their origin."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from assets.common import code_version
from assets.layers import Home, Layer, build_layer
from assets.recipes.recordings import HumanRecipe
from assets.stages.human import human_tables
from assets.stages.robots import robot_tables
from assets.stages.tables import StageTables, copy_tables
from assets.tail.artifact import ArtifactAsset, Publication, artifact_asset, facts_of
from assets.tail.clip_sets import ClipSet, Owner, humanoid, robots
from assets.tail.libraries import library_files


def human_artifact(recipe: HumanRecipe) -> dg.AssetsDefinition:
    """`published_artifact` of a recipe of recordings."""
    owner = humanoid(recipe)
    asset = ArtifactAsset(
        layer=owner.artifact,
        section=recipe.artifact,
        holds="the libraries with their table of clips and their books",
        inputs=("clip_index", owner.table, *owner.libraries()),
    )

    def gather(
        context: dg.AssetExecutionContext, home: Home, layers: Mapping[str, Layer]
    ) -> Publication:
        from motionlib.registry.manifest import Parent

        clips, table, index = owner.clips(""), layers[owner.table], layers["clip_index"]
        beside = _tables(human_tables(recipe), table, owner.folder(home, context))
        source = recipe.source_path().name
        facts = _facts(clips, table, fps=recipe.human.fps, rooms=("motionlib",))
        return Publication(
            name=recipe.artifact.name,
            files=_packed(owner, layers) | beside,
            facts=facts,
            parents=[Parent(reference=source, sha256=index.sha256, kind="file")],
            shown=facts["clips"],
        )

    return artifact_asset(recipe, asset, gather)


def robot_artifact(recipe: HumanRecipe) -> dg.AssetsDefinition:
    """`robot_artifact` of a recipe of recordings, an artifact a robot."""
    section, owner, human = recipe.retargeting(), robots(recipe), humanoid(recipe).artifact
    npz = [owner.npz] if owner.npz else []
    asset = ArtifactAsset(
        layer=owner.artifact,
        section=section.artifact,
        holds="the libraries of a robot with their `.npz` files, table and books",
        inputs=(owner.table, human, *owner.libraries(), *npz),
        partitions=owner.partitions,
    )

    def gather(
        context: dg.AssetExecutionContext, home: Home, layers: Mapping[str, Layer]
    ) -> Publication:
        from motionlib.registry.manifest import Parent

        key = owner.key(context)
        table, parent = layers[owner.table], layers[human]
        beside = _tables(robot_tables(recipe), table, owner.folder(home, context), robot=key)
        fps = section.settings.fps or recipe.human.fps
        facts = _facts(owner.clips(key), table, fps=fps, rooms=("motionlib", "retarget"))
        files = _packed(owner, layers) | beside
        for layer in npz:
            files |= _npz_files(layers[layer].path)
        return Publication(
            name=section.artifact_of(key),
            files=files,
            facts={**facts, "method": section.settings.method},
            parents=[Parent(reference=parent.reference, sha256=parent.sha256)],
            shown={"from": parent.reference},
        )

    return artifact_asset(recipe, asset, gather)


def _tables(tables: StageTables, table: Layer, folder: Path, *, robot: str = "") -> dict[str, Path]:
    """Copies of tables that say nothing of this machine, by name."""
    inputs = {"clips": table.sha256, "robot": robot, "code": code_version("assets.stages.tables")}
    layer = build_layer(
        folder, inputs, lambda target: copy_tables(tables, table.path, target, robot=robot)
    )
    return {name: layer.path / name for name in (tables.table, tables.rejected, tables.books)}


def _packed(owner: Owner, layers: Mapping[str, Layer]) -> dict[str, Path]:
    return {f.name: f for name in owner.libraries() for f in library_files(layers[name])}


def _npz_files(folder: Path) -> dict[str, Path]:
    files = sorted(folder.rglob("*.npz"))
    return {f"npz/{file.relative_to(folder).as_posix()}": file for file in files}


def _facts(clips: ClipSet, table: Layer, *, fps: float, rooms: tuple[str, ...]) -> dict[str, Any]:
    recipe = clips.recipe
    rule = recipe.human.velocity_rule
    facts = facts_of(recipe, clips.load_robot(), fps=fps, velocity_rule=rule, rooms=rooms)
    splits = recipe.libraries.splits
    return {**facts, "clips": {f"{s}_clips": len(clips.rows(table, s)) for s in splits}}

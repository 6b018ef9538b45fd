"""What is published of a robot: its libraries with their table and books, and where they come from."""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.common import key_of, result, room_version, stage_version, upstream
from assets.human_libraries import library_files
from assets.human_sections import HumanRecipe
from assets.layers import Home, Layer, build_layer
from assets.registry import ArtifactRegistry
from assets.robot_libraries import npz_wanted
from assets.robot_recipe import robot_of, section_of
from assets.robot_reports import (
    ROBOT_BOOKS,
    ROBOT_TABLE,
    kept_rows,
    library_name,
    write_robot_tables,
)


def robot_artifact_asset(recipe: HumanRecipe, key: str) -> dg.AssetsDefinition:
    """`<robot>_artifact` of a recipe."""
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

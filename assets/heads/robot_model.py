"""Robots of a recipe, as their files lie on disk."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import dagster as dg

from assets.common import layer_asset, result, robot_of, stage_version
from assets.layers import Layer
from assets.previews import ranges_plot, table_preview
from assets.recipes.recordings import AnyRecipe, HumanRecipe

if TYPE_CHECKING:
    from motionlib.robot import Robot


def robot_model_of(recipe: AnyRecipe) -> dg.AssetsDefinition:
    """`robot_model` of a recipe of any kind; of recordings the humanoid that they are put on."""

    def load() -> "Robot":
        robot = robot_of(recipe)
        if isinstance(recipe, HumanRecipe):
            from motionlib.human.robot_arrays import robot_arrays

            # refuses a robot that recordings cannot go to, before they are read
            robot_arrays(robot)
        return robot

    return _model(recipe, "robot_model", recipe.robot, load)


def target_layer(key: str) -> str:
    """Layer of a robot that recordings go to."""
    return f"{key}/robot_model"


def target_models(recipe: HumanRecipe) -> list[dg.AssetsDefinition]:
    """`<robot>/robot_model` of each robot that a recipe of recordings goes to."""
    section = recipe.retargeting()
    return [
        _model(recipe, target_layer(key), name, functools.partial(robot_of, recipe, key))
        for key, name in zip(section.robot_keys(), section.robots, strict=True)
    ]


def _model(
    recipe: AnyRecipe, layer: str, name: str, load: "Callable[[], Robot]"
) -> dg.AssetsDefinition:
    @layer_asset(
        recipe,
        layer,
        description=f"The robot `{name}`: bodies, dofs, limits, gains and soles.",
        kinds={"mujoco", "yaml"},
        version=stage_version((name, recipe.profile), "motionlib.robots.files"),
    )
    def robot_model() -> dg.MaterializeResult[Layer]:
        robot = load()
        rows = _dof_rows(robot)
        metadata = {
            "bodies": robot.num_bodies,
            "dofs": robot.num_dofs,
            "actuator_profile": robot.default_profile,
            "standing_height_m": robot.standing_height,
            "preview": table_preview(rows),
            "plot": ranges_plot(rows),
        }
        files = Layer(path=robot.xml_path, sha256=robot.sha256, others=robot.files)
        return result(files, metadata)

    return robot_model


def _dof_rows(robot: "Robot") -> list[dict[str, object]]:
    gains = robot.actuator_profiles[robot.default_profile]
    return [
        {
            "dof_name": name,
            "lower_rad": float(robot.dof_limits[i, 0]),
            "upper_rad": float(robot.dof_limits[i, 1]),
            "default_rad": float(robot.default_dof_pos[i]),
            "stiffness": float(gains.stiffness[i]),
            "damping": float(gains.damping[i]),
            "effort_limit": float(gains.effort_limit[i]),
        }
        for i, name in enumerate(robot.dof_names)
    ]

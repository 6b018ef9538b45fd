"""The robot of a recipe, as its files lie on disk."""

from typing import TYPE_CHECKING

import dagster as dg

from assets.common import SOURCES, layer_asset, result, robot_of, stage_version
from assets.layers import Layer
from assets.previews import ranges_plot, table_preview
from assets.recipes.recordings import AnyRecipe, HumanRecipe

if TYPE_CHECKING:
    from motionlib.robot import Robot


def robot_model_of(recipe: AnyRecipe) -> dg.AssetsDefinition:
    """`robot_model` of a recipe of any kind."""

    @layer_asset(
        recipe,
        "robot_model",
        description=f"The robot `{recipe.robot}`: bodies, dofs, limits, gains and soles.",
        group=SOURCES,
        kinds={"mujoco", "yaml"},
        version=stage_version((recipe.robot, recipe.profile), "motionlib.robots.files"),
    )
    def robot_model() -> dg.MaterializeResult[Layer]:
        robot = robot_of(recipe)
        if isinstance(recipe, HumanRecipe):
            from motionlib.human.robot_arrays import robot_arrays

            # refuses a robot that recordings cannot go to, before they are read
            robot_arrays(robot)
        rows = _dof_rows(robot)
        layer = Layer(path=robot.xml_path, sha256=robot.sha256, others=robot.files)
        metadata = {
            "bodies": robot.num_bodies,
            "dofs": robot.num_dofs,
            "actuator_profile": robot.default_profile,
            "standing_height_m": robot.standing_height,
            "preview": table_preview(rows),
            "plot": ranges_plot(rows),
        }
        return result(layer, metadata)

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

"""Sources: the robot and the reference motions, as they lie on disk."""

from typing import TYPE_CHECKING

import dagster as dg

from assets.common import key_of, result, stage_version
from assets.human_sections import AnyRecipe, HumanRecipe
from assets.layers import Layer
from assets.previews import commands_plot, ranges_plot, table_preview
from assets.sections import Recipe

if TYPE_CHECKING:
    from motionlib.robot import Robot

GROUP = "sources"


def source_assets(recipe: Recipe) -> list[dg.AssetsDefinition]:
    """`robot_model` and `reference_motions` of a recipe."""
    return [robot_model_of(recipe), _reference_motions(recipe)]


def robot_model_of(recipe: AnyRecipe) -> dg.AssetsDefinition:
    """`robot_model` of a recipe of any kind."""

    @dg.asset(
        key=key_of(recipe, "robot_model"),
        description=f"The robot `{recipe.robot}`: bodies, dofs, limits, gains and soles.",
        group_name=GROUP,
        kinds={"mujoco", "yaml"},
        owners=[recipe.owner],
        code_version=stage_version((recipe.robot, recipe.profile), "motionlib"),
    )
    def robot_model() -> dg.MaterializeResult[Layer]:
        from motionlib.robots.files import load_robot

        robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
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


def _reference_motions(recipe: Recipe) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(recipe, "reference_motions"),
        description=f"`{recipe.source.path}`: walking cycles as polynomials of the phase.",
        group_name=GROUP,
        kinds={"pickle"},
        owners=[recipe.owner],
        code_version=stage_version(recipe.source, "motionlib"),
        deps=[key_of(recipe, "robot_model")],
    )
    def reference_motions() -> dg.MaterializeResult[Layer]:
        from motionlib.formats.polynomial import read_polynomials
        from motionlib.robots.files import load_robot

        robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
        file = read_polynomials(recipe.source_path(), robot)
        rows = [
            {"motion_name": motion.name, "period_s": motion.period_s, "fitted_fps": motion.fps}
            for motion in file.motions
        ]
        metadata = {
            "motions": len(file.motions),
            "unreadable": len(file.rejected),
            "seconds": round(sum(motion.period_s for motion in file.motions), 2),
            "preview": table_preview(rows),
            "plot": commands_plot([motion.command for motion in file.motions]),
        }
        return result(Layer(path=recipe.source_path(), sha256=file.sha256), metadata)

    return reference_motions


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

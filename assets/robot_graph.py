"""What a recipe of human motions becomes for its robots."""

from assets.graph import Graph
from assets.human_sections import HumanRecipe
from assets.robot_artifacts import robot_artifact_asset
from assets.robot_checks import robot_checks
from assets.robot_libraries import robot_library_assets
from assets.robot_motions import robot_motion_assets
from assets.robot_recipe import section_of
from assets.robot_report import robot_report_asset


def robot_graph_of(recipe: HumanRecipe) -> Graph:
    """From accepted human clips to each robot's published libraries; nothing without robots."""
    if recipe.retarget is None:
        return Graph(assets=[], checks=[])
    assets = robot_motion_assets(recipe)
    for key in section_of(recipe).robot_keys():
        assets += [
            robot_report_asset(recipe, key),
            *robot_library_assets(recipe, key),
            robot_artifact_asset(recipe, key),
        ]
    return Graph(assets=assets, checks=robot_checks(recipe))

"""The whole graph of one recipe of human motions."""

from assets.graph import Graph
from assets.human_checks import human_checks
from assets.human_libraries import human_library_assets
from assets.human_motions import human_motion_assets
from assets.human_sections import HumanRecipe
from assets.human_sources import human_source_assets
from assets.robot_graph import robot_graph_of
from assets.sources import robot_model_of


def human_graph_of(recipe: HumanRecipe) -> Graph:
    """From a folder of recordings to its published libraries, and to those of its robots."""
    robots = robot_graph_of(recipe)
    return Graph(
        assets=[
            robot_model_of(recipe),
            *human_source_assets(recipe),
            *human_motion_assets(recipe),
            *human_library_assets(recipe),
            *robots.assets,
        ],
        checks=[*human_checks(recipe), *robots.checks],
    )

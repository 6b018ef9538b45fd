"""The whole graph of one recipe: a head, the stages of its clips, a tail.

The head is the assets that read the source; the tail those that every graph ends with, whatever it
began with: libraries, artifact, policy, evaluation, report.
"""

from dataclasses import dataclass

import dagster as dg

from assets.heads.recordings import clip_index_of
from assets.heads.robot_model import robot_model_of
from assets.heads.walking import walking_head
from assets.heads.walking_checks import motion_checks
from assets.human_checks import human_checks
from assets.human_motions import human_motion_assets
from assets.recipes.recordings import AnyRecipe, HumanRecipe
from assets.recipes.walking import Recipe
from assets.robot_checks import robot_checks
from assets.robot_motions import robot_motion_assets
from assets.robot_recipe import section_of
from assets.robot_report import robot_report_asset
from assets.tail.acceptance import acceptance_checks
from assets.tail.clip_artifacts import human_artifact, robot_artifact
from assets.tail.clip_sets import human_clips, robot_clips
from assets.tail.evaluation import evaluation_assets
from assets.tail.libraries import library_asset, npz_asset, npz_layer
from assets.tail.library_checks import library_checks
from assets.tail.policy import policy_assets
from assets.tail.walking_libraries import walking_library_assets


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Assets and checks that one recipe becomes."""

    assets: list[dg.AssetsDefinition]
    checks: list[dg.AssetChecksDefinition]


def graph_of(recipe: AnyRecipe) -> Graph:
    """What a recipe becomes."""
    return _of_recordings(recipe) if isinstance(recipe, HumanRecipe) else _of_walking(recipe)


def _of_walking(recipe: Recipe) -> Graph:
    """The graph from a pickle of walking cycles to a per-motion table and a report."""
    return Graph(
        assets=[
            *walking_head(recipe),
            *walking_library_assets(recipe),
            *policy_assets(recipe),
            *evaluation_assets(recipe),
        ],
        checks=[*motion_checks(recipe), *acceptance_checks(recipe)],
    )


def _of_recordings(recipe: HumanRecipe) -> Graph:
    """The graph from a folder of recordings to its published libraries, and its robots' ones."""
    clips = human_clips(recipe)
    assets = [
        robot_model_of(recipe),
        clip_index_of(recipe),
        *human_motion_assets(recipe),
        *(library_asset(clips, split) for split in recipe.libraries.splits),
        human_artifact(recipe),
    ]
    checks = [*human_checks(recipe), *library_checks(clips)]
    if recipe.retarget:
        assets += robot_motion_assets(recipe)
        checks += robot_checks(recipe)
        for key in section_of(recipe).robot_keys():
            assets += _robot_assets(recipe, key)
            checks += library_checks(robot_clips(recipe, key))
    return Graph(assets=assets, checks=checks)


def _robot_assets(recipe: HumanRecipe, key: str) -> list[dg.AssetsDefinition]:
    clips = robot_clips(recipe, key)
    return [
        robot_report_asset(recipe, key),
        *(library_asset(clips, split) for split in recipe.libraries.splits),
        *(npz_asset(recipe, key) for _ in npz_layer(recipe, key)),
        robot_artifact(recipe, key),
    ]

"""The whole graph of one recipe: a head, the stages of its clips, a tail.

The head is the assets that read the source; the tail those that every graph ends with, whatever it
began with: libraries, artifact, policy, evaluation, report.
"""

from dataclasses import dataclass

import dagster as dg

from assets.heads.recordings import clip_index_of, index_check
from assets.heads.robot_model import robot_model_of, target_models
from assets.heads.walking import walking_head
from assets.heads.walking_checks import motion_checks
from assets.recipes.recordings import AnyRecipe, HumanRecipe
from assets.recipes.walking import Recipe
from assets.stages.human import human_assets, human_checks
from assets.stages.report import robot_report_asset
from assets.stages.robots import robot_assets, robot_checks
from assets.tail.acceptance import acceptance_checks
from assets.tail.clip_artifacts import human_artifact, robot_artifact
from assets.tail.clip_sets import owners
from assets.tail.comparison import comparison_assets
from assets.tail.evaluation import evaluation_assets
from assets.tail.libraries import library_asset, npz_asset
from assets.tail.library_checks import library_checks
from assets.tail.policy import policy_asset, policy_check
from assets.tail.report import report_asset
from assets.tail.tails import tails_of
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
    """The graph from a pickle of walking cycles to per-motion tables and reports."""
    head = Graph(
        assets=[*walking_head(recipe), *walking_library_assets(recipe)],
        checks=motion_checks(recipe),
    )
    return _with_tails(recipe, head)


def _of_recordings(recipe: HumanRecipe) -> Graph:
    """The graph from a folder of recordings to libraries of humanoid and robots, and to policies."""
    assets = [robot_model_of(recipe), clip_index_of(recipe), *human_assets(recipe)]
    checks = [index_check(recipe), *human_checks(recipe)]
    if recipe.retarget:
        assets += [*target_models(recipe), *robot_assets(recipe), robot_report_asset(recipe)]
        checks += robot_checks(recipe)
    for owner in owners(recipe):
        assets += [library_asset(owner, split) for split in recipe.libraries.splits]
        assets += [npz_asset(owner)] if owner.npz else []
        checks += library_checks(owner)
    assets += [human_artifact(recipe), *([robot_artifact(recipe)] if recipe.retarget else [])]
    return _with_tails(recipe, Graph(assets=assets, checks=checks))


def _with_tails(recipe: AnyRecipe, head: Graph) -> Graph:
    """The graph with what follows its published libraries, the same for every kind of recipe."""
    tails = tails_of(recipe)
    assets, checks = [*head.assets], [*head.checks]
    for tail in tails:
        assets += [policy_asset(tail), *evaluation_assets(tail), report_asset(tail)]
        checks += [policy_check(tail), *acceptance_checks(tail)]
    return Graph(assets=[*assets, *comparison_assets(recipe, tails)], checks=checks)

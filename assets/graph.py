"""The whole graph of one recipe."""

from dataclasses import dataclass

import dagster as dg

from assets.acceptance import acceptance_checks
from assets.checks import motion_checks
from assets.evaluations import evaluation_assets
from assets.libraries import library_assets
from assets.motions import motion_assets
from assets.policies import policy_assets
from assets.sections import Recipe
from assets.sources import source_assets


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Assets and checks that one recipe becomes."""

    assets: list[dg.AssetsDefinition]
    checks: list[dg.AssetChecksDefinition]


def graph_of(recipe: Recipe) -> Graph:
    """From source file to per-motion table and report."""
    return Graph(
        assets=[
            *source_assets(recipe),
            *motion_assets(recipe),
            *library_assets(recipe),
            *policy_assets(recipe),
            *evaluation_assets(recipe),
        ],
        checks=[*motion_checks(recipe), *acceptance_checks(recipe)],
    )

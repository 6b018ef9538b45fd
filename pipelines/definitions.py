"""The one `defs`: every recipe's graph, job, schedule and sensor."""

import logging

import dagster as dg

from assets.graph import graph_of
from pipelines.console import CONSOLE
from pipelines.jobs import job_of
from pipelines.recipe import BrokenRecipe, recipes
from pipelines.resources import resources
from pipelines.schedules import schedule_of
from pipelines.sensors import sensor_of

_log = logging.getLogger(__name__)


def build_definitions() -> dg.Definitions:
    """Definitions of all recipes that can be read; the others are named and shown in the graph."""
    good, broken = recipes()
    for entry in broken:
        _log.error("recipe left out: %s", entry.reason)
    graphs = {recipe.name: graph_of(recipe) for recipe in good}
    return dg.Definitions(
        assets=[
            *(asset for graph in graphs.values() for asset in graph.assets),
            *(_shown(i, entry) for i, entry in enumerate(broken)),
        ],
        asset_checks=[check for graph in graphs.values() for check in graph.checks],
        jobs=[job_of(recipe) for recipe in good],
        schedules=[schedule_of(r, graphs[r.name].assets) for r in good],
        sensors=[sensor_of(r) for r in good],
        resources=resources(),
        loggers={"console": CONSOLE},
    )


def _shown(index: int, entry: BrokenRecipe) -> dg.AssetSpec:
    """A broken recipe as a node of its own, which cannot be materialised."""
    return dg.AssetSpec(
        key=["broken_recipes", f"{entry.file.stem}_{index}"],
        description=entry.reason,
        group_name="broken_recipes",
        kinds={"yaml"},
        metadata={"file": dg.MetadataValue.path(str(entry.file))},
    )


defs = build_definitions()

"""The one `defs`: every recipe's graph, jobs, schedule and sensor."""

import logging
import warnings
from collections.abc import Sequence

import dagster as dg

from assets.graph import graph_of
from pipelines.console import CONSOLE
from pipelines.jobs import human_jobs_of, job_of
from pipelines.recipe import AnyRecipe, BrokenRecipe, HumanRecipe, recipes
from pipelines.resources import resources
from pipelines.schedules import schedule_of
from pipelines.sensors import human_sensor_of, sensor_of

_log = logging.getLogger(__name__)


def build_definitions() -> dg.Definitions:
    """Definitions of all recipes that can be read; the others are named and shown in the graph."""
    good, broken = recipes()
    for entry in broken:
        _log.error("recipe left out: %s", entry.reason)
    return definitions_of(good, broken)


def definitions_of(
    good: Sequence[AnyRecipe], broken: Sequence[BrokenRecipe] = ()
) -> dg.Definitions:
    """Definitions of these recipes alone, with the resources that their assets need."""
    shared = dg.Definitions(
        assets=[_shown(i, entry) for i, entry in enumerate(broken)],
        resources=resources(good),
        loggers={"console": CONSOLE},
    )
    with warnings.catch_warnings():
        # backfill policies are in beta, partitions of checks in preview; dagster's version is pinned
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.Definitions.merge(shared, *(_definitions_of(recipe) for recipe in good))


def _definitions_of(recipe: AnyRecipe) -> dg.Definitions:
    """Graph, jobs and triggers of one recipe."""
    graph = graph_of(recipe)
    if isinstance(recipe, HumanRecipe):
        jobs, sensor = human_jobs_of(recipe, graph.assets, definitions_of), human_sensor_of(recipe)
    else:
        jobs, sensor = [job_of(recipe)], sensor_of(recipe)
    return dg.Definitions(
        assets=graph.assets,
        asset_checks=graph.checks,
        jobs=jobs,
        schedules=[schedule_of(recipe, graph.assets)],
        sensors=[sensor],
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

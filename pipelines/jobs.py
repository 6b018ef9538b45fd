"""Jobs: one for each recipe, from source to report; its stages apart where it has partitions."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import dagster as dg

from assets.common import key_of
from assets.human_sections import HumanRecipe
from assets.robot_graph import robot_graph_of
from assets.sections import Recipe
from pipelines.stages import index_job_name, motions_job_name, robots_job_name, run_stages

IN_PROCESS = dg.in_process_executor
Job: TypeAlias = "dg.UnresolvedAssetJobDefinition | dg.JobDefinition"


def job_of(recipe: Recipe) -> "dg.UnresolvedAssetJobDefinition":
    """All assets and checks of the recipe, in one process; the training is a child of it."""
    return dg.define_asset_job(
        recipe.name,
        selection=dg.AssetSelection.key_prefixes(recipe.name),
        description=recipe.description,
        executor_def=IN_PROCESS,
        tags={"recipe": recipe.name},
    )


def human_jobs_of(recipe: HumanRecipe) -> "Sequence[Job]":
    """The index, what follows it for a range of subsets, its robots, and one job that runs all."""
    sources = dg.AssetSelection.assets(key_of(recipe, "robot_model"), key_of(recipe, "clip_index"))
    everything = dg.AssetSelection.key_prefixes(recipe.name)
    of_robots = [key for asset in robot_graph_of(recipe).assets for key in asset.keys]
    robots = dg.AssetSelection.assets(*of_robots)
    tags = {"recipe": recipe.name}
    return [
        dg.define_asset_job(
            index_job_name(recipe),
            selection=sources,
            description=f"{recipe.name}: look for new and changed recordings.",
            executor_def=IN_PROCESS,
            tags=tags,
        ),
        dg.define_asset_job(
            motions_job_name(recipe),
            selection=everything - sources - robots,
            description=f"{recipe.name}: convert subsets, judge every clip, pack and publish.",
            executor_def=IN_PROCESS,
            tags=tags,
        ),
        *_robots_jobs(recipe, robots, tags),
        _whole_job(recipe),
    ]


def _robots_jobs(
    recipe: HumanRecipe, robots: dg.AssetSelection, tags: Mapping[str, str]
) -> "Sequence[Job]":
    if recipe.retarget is None:
        return []
    return [
        dg.define_asset_job(
            robots_job_name(recipe),
            selection=robots,
            description=f"{recipe.name}: retarget subsets to robots, judge, pack and publish.",
            executor_def=IN_PROCESS,
            tags=tags,
        )
    ]


def _whole_job(recipe: HumanRecipe) -> dg.JobDefinition:
    """Dagster fixes a run's partitions when it starts, and only the index says which there are."""

    @dg.op(name=f"{recipe.name}_stages", out=dg.Out(dg.Nothing))
    def stages(context: dg.OpExecutionContext) -> None:
        for result in run_stages(recipe, context.instance, started_by=context.run_id):
            if not result.success:
                raise dg.Failure(
                    f"run {result.run_id} of {result.job_def.name} failed; see its own page. The "
                    "next run picks up where it stood"
                )
            context.log.info(f"run {result.run_id} of {result.job_def.name} is done")

    @dg.job(
        name=recipe.name,
        description=f"{recipe.description} Runs the index, then everything for all its subsets and robots.",
        executor_def=IN_PROCESS,
        tags={"recipe": recipe.name},
    )
    def whole() -> None:
        stages()

    return whole

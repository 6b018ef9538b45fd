"""Jobs: one for each recipe, from source to report; its stages apart where it has partitions."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import dagster as dg

from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from pipelines.stages import (
    index_job_name,
    motions_job_name,
    robots_job_name,
    run_stages,
    tail_job_name,
)

_TAIL = "pack, publish, train and evaluate"
CHANGED = "changed"
_CHANGED_FIELD = dg.Field(
    [str],
    default_value=[],
    description="Datasets to convert, beside those that never were; none named: all. An unchanged "
    "clip is found again either way.",
)
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


def human_jobs_of(
    recipe: HumanRecipe,
    assets: Sequence[dg.AssetsDefinition],
    definitions_of: Callable[[Sequence[HumanRecipe]], dg.Definitions],
) -> "Sequence[Job]":
    """The index, a range of subsets, its robots, what follows for a robot, and one that runs all.

    Args:
        recipe: Whose jobs they are.
        assets: Of its graph.
        definitions_of: Recipes to the definitions that hold these very jobs, for the one that runs
            the others.
    """
    keys = [asset.key for asset in assets]
    named = {asset.key: asset for asset in assets}
    sources = {k for k in keys if k.path[-1] in {"robot_model", "clip_index"}}
    moved = {k for k in keys if k.path[-1] in {"robot_motions", "robot_clips"}}
    tail = {k for k in keys if isinstance(named[k].partitions_def, dg.StaticPartitionsDefinition)}
    human = set(keys) - sources - moved - tail
    stages = [
        (index_job_name(recipe), sources, "look at the robots, for new and changed recordings."),
        (motions_job_name(recipe), human, f"convert subsets, judge every clip, {_TAIL}."),
        (robots_job_name(recipe), moved, "retarget subsets to robots and judge every clip."),
        (tail_job_name(recipe), tail, f"{_TAIL}, for one robot."),
    ]
    jobs = [
        dg.define_asset_job(
            name,
            selection=dg.AssetSelection.assets(*sorted(selection)),
            description=f"{recipe.name}: {text}",
            executor_def=IN_PROCESS,
            tags={"recipe": recipe.name},
        )
        for name, selection, text in stages
        if selection
    ]
    return [*jobs, _whole_job(recipe, definitions_of)]


def stages_op_name(recipe: HumanRecipe) -> str:
    """Step of a recipe's whole job, which a run's configuration names."""
    return f"{recipe.name}_stages"


def run_config_of(recipe: HumanRecipe, changed: Sequence[str]) -> "dict[str, object]":
    """Configuration of a run of the whole recipe that converts these datasets alone."""
    return {"ops": {stages_op_name(recipe): {"config": {CHANGED: list(changed)}}}}


def _whole_job(
    recipe: HumanRecipe, definitions_of: Callable[[Sequence[HumanRecipe]], dg.Definitions]
) -> dg.JobDefinition:
    """Dagster fixes a run's partitions when it starts, and only the index says which there are."""

    @dg.op(
        name=stages_op_name(recipe), out=dg.Out(dg.Nothing), config_schema={CHANGED: _CHANGED_FIELD}
    )
    def stages(context: dg.OpExecutionContext) -> None:
        definitions = definitions_of([recipe])
        for result in run_stages(
            recipe,
            context.instance,
            definitions=definitions,
            started_by=context.run_id,
            changed=context.op_config[CHANGED],
        ):
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

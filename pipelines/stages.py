"""A recipe of human motions as runs: index, subsets, robots, and what follows for each robot."""

from collections.abc import Iterator, Mapping

import dagster as dg

from assets.partitions import known_subsets, partition_of
from assets.recipes.recordings import HumanRecipe
from pipelines.run_locks import fail_dead_runs, locked_run, one_at_a_time
from pipelines.run_origins import shown_in_ui

_START = "dagster/asset_partition_range_start"
_END = "dagster/asset_partition_range_end"
PARTITION = "dagster/partition"
STARTED_BY = "started_by"
"""Tag of a stage's run: id of the run that started it."""


def index_job_name(recipe: HumanRecipe) -> str:
    """Job of the robots and of `clip_index`."""
    return f"{recipe.name}_index"


def motions_job_name(recipe: HumanRecipe) -> str:
    """Job of `human_motions` and all that follows on the humanoid."""
    return f"{recipe.name}_motions"


def robots_job_name(recipe: HumanRecipe) -> str:
    """Job of `robot_motions` and the table of their fates."""
    return f"{recipe.name}_robots"


def tail_job_name(recipe: HumanRecipe) -> str:
    """Job of all that follows for one robot: libraries, artifact, policies, evaluations, reports."""
    return f"{recipe.name}_tail"


def run_stages(
    recipe: HumanRecipe,
    instance: dg.DagsterInstance,
    *,
    definitions: dg.Definitions,
    started_by: str = "",
) -> Iterator[dg.ExecuteInProcessResult]:
    """Run the whole recipe in this process; ends after the first run that fails.

    The subsets are known only when the index is made, so there are runs of the index, of human
    motions over all its subsets, of robot motions over all robots and subsets, and of what follows
    for each robot. What an interrupted call finished is found again. Another process that runs the
    same recipe is waited for: its newest layers may be of another source.

    Args:
        recipe: To run.
        instance: Where runs are recorded.
        definitions: That hold the recipe's jobs.
        started_by: Id of a run that asks for these; empty for a person.
    """
    fail_dead_runs(instance)
    tags = {"recipe": recipe.name} | ({STARTED_BY: started_by} if started_by else {})
    with one_at_a_time(recipe.name):
        index = _run(definitions.resolve_job_def(index_job_name(recipe)), instance, tags)
        yield index
        if not index.success:
            return
        for name, partitions in _steps(recipe, instance):
            result = _run(definitions.resolve_job_def(name), instance, {**tags, **partitions})
            yield result
            if not result.success:
                return


def _steps(
    recipe: HumanRecipe, instance: dg.DagsterInstance
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Jobs that follow the index, with the tags of the partitions that they run over."""
    subsets = known_subsets(recipe, instance)
    yield motions_job_name(recipe), {_START: subsets[0], _END: subsets[-1]}
    if recipe.retarget is None:
        return
    keys = recipe.retarget.robot_keys()
    first, last = partition_of(keys[0], subsets[0]), partition_of(keys[-1], subsets[-1])
    yield robots_job_name(recipe), {_START: first, _END: last}
    for key in keys:
        yield tail_job_name(recipe), {PARTITION: key}


def _run(
    job: dg.JobDefinition, instance: dg.DagsterInstance, tags: Mapping[str, str]
) -> dg.ExecuteInProcessResult:
    with shown_in_ui(instance), locked_run() as run_id:
        return job.execute_in_process(
            run_id=run_id,
            instance=instance,
            raise_on_error=False,
            tags=dict(tags),
            run_config={"loggers": {"console": {}}},
        )

"""A recipe of human motions as runs: index, subsets, robots, and what follows for each robot."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import dagster as dg

from assets.common import key_of
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
    changed: Collection[str] = (),
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
        changed: Subsets whose recordings are new or changed, the only ones to convert beside those
            that never were; empty: all. What follows reads all of them, as a clip may stop being
            the duplicate of one that is gone.
    """
    fail_dead_runs(instance)
    tags = {"recipe": recipe.name} | ({STARTED_BY: started_by} if started_by else {})
    with one_at_a_time(recipe.name):
        index = _run(definitions.resolve_job_def(index_job_name(recipe)), instance, tags)
        yield index
        if not index.success:
            return
        for step in _steps(recipe, instance, changed):
            job = definitions.resolve_job_def(step.job)
            chosen = step.chosen(job.asset_layer.selected_asset_keys)
            result = _run(job, instance, {**tags, **step.partitions}, chosen)
            yield result
            if not result.success:
                return


class _Step(NamedTuple):
    """A run: its job, the tags of the partitions that it runs over, and which assets, if not all."""

    job: str
    partitions: Mapping[str, str]
    only: dg.AssetKey | None = None
    without: dg.AssetKey | None = None

    def chosen(self, keys: Iterable[dg.AssetKey]) -> list[dg.AssetKey]:
        """Of a job's assets those that run."""
        return [k for k in keys if k != self.without and self.only in {None, k}]


def _steps(
    recipe: HumanRecipe, instance: dg.DagsterInstance, changed: Collection[str]
) -> Iterator[_Step]:
    """What follows the index."""
    subsets = known_subsets(recipe, instance)
    yield from _conversions(recipe, instance, changed)
    if recipe.retarget is None:
        return
    keys = recipe.retarget.robot_keys()
    first, last = partition_of(keys[0], subsets[0]), partition_of(keys[-1], subsets[-1])
    yield _Step(robots_job_name(recipe), {_START: first, _END: last})
    for key in keys:
        yield _Step(tail_job_name(recipe), {PARTITION: key})


def _conversions(
    recipe: HumanRecipe, instance: dg.DagsterInstance, changed: Collection[str]
) -> Iterator[_Step]:
    """Conversion of what is asked for, then all that follows on the humanoid."""
    job, motions = motions_job_name(recipe), key_of(recipe, "human_motions")
    subsets = known_subsets(recipe, instance)
    made = instance.get_materialized_partitions(motions)
    # Dagster ranges over neighbours, so what lies between two wanted ones ends a run
    wanted = [not changed or subset in changed or subset not in made for subset in subsets]
    runs = [
        [subset for _, subset in group]
        for asked, group in groupby(zip(wanted, subsets, strict=True), key=lambda pair: pair[0])
        if asked
    ]
    if wanted == [True] * len(subsets):
        yield _Step(job, {_START: subsets[0], _END: subsets[-1]})
        return
    for run in runs:
        yield _Step(job, {_START: run[0], _END: run[-1]}, only=motions)
    yield _Step(job, {}, without=motions)


def _run(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str],
    chosen: Sequence[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    with shown_in_ui(instance), locked_run() as run_id:
        return job.execute_in_process(
            run_id=run_id,
            instance=instance,
            raise_on_error=False,
            asset_selection=chosen,
            tags=dict(tags),
            run_config={"loggers": {"console": {}}},
        )

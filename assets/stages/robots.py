"""The retargeting stage: kept clips on each robot, a partition a robot and dataset, then their fates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, layer_asset, library_name, result, robot_of, stage_version
from assets.heads.robot_model import target_layer
from assets.layers import Home, Layer, sha256_of_values
from assets.partitions import (
    SUBSET,
    partition_of,
    robots_and_subsets,
    robots_of,
    subsets_by_robot,
)
from assets.recipes.recordings import HumanRecipe
from assets.stages.checks import Accounts, books_check, robot_share_check
from assets.stages.report import REPORT_LAYER
from assets.stages.results import (
    KeptResults,
    SubsetResults,
    by_subset,
    human_store,
    robot_store,
    run_metadata,
    subset_metadata,
)
from assets.stages.tables import StageTables, build_tables, kept_rows, tables_metadata
from motionlib.stages.verdicts import ACCEPTED, is_kept
from retarget.quality.measure_table import ROBOT_MEASURES

if TYPE_CHECKING:
    from motionlib.stages.result import StageResult

Rows = Sequence[Mapping[str, Any]]


def robot_assets(recipe: HumanRecipe) -> list[dg.AssetsDefinition]:
    """`robot_motions` and `robot_clips` of a recipe."""
    return [_robot_motions(recipe), _robot_clips(recipe)]


def robot_checks(recipe: HumanRecipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `robot_clips` and of each robot's report."""
    keys, bound = recipe.robot_keys(), recipe.retargeting().max_rejected_share
    tables = robot_tables(recipe)
    accounts = Accounts(tables=tables, taken_in="clips", read=kept_rows, robots=keys)
    shares = robot_share_check(accounts, bound, report=REPORT_LAYER, robots=robots_of(recipe))
    return [books_check(accounts), shares]


def robot_tables(recipe: HumanRecipe) -> StageTables:
    """`robot_clips.parquet` and what lies beside it."""
    section = recipe.retargeting()

    def library_of(row: Mapping[str, Any]) -> str:
        kept = is_kept(row) if section.keep_flagged else row["fate"] == ACCEPTED
        return library_name(row["split"], of_robots=True) if kept else ""

    return StageTables(
        recipe=recipe,
        layer="robot_clips",
        prefix="robot_",
        title=f"{recipe.name}'s robots",
        gates=section.gates,
        measures=ROBOT_MEASURES,
        library_of=library_of,
    )


def _robot_motions(recipe: HumanRecipe) -> dg.AssetsDefinition:
    section = recipe.retargeting()
    of_subset = dg.AssetDep(
        key_of(recipe, "human_motions"),
        partition_mapping=dg.MultiToSingleDimensionPartitionMapping(SUBSET),
    )

    @layer_asset(
        recipe,
        "robot_motions",
        description=(
            f"The kept human clips on {', '.join(section.robot_keys())}, measured. A clip whose "
            "motion, settings, robot and code are as they were is not solved again."
        ),
        kinds={"numba", "parquet"},
        version=stage_version((section.robots, section.settings), "retarget.stage.run"),
        partitions_def=robots_and_subsets(recipe),
        # a range of partitions is one piece of work: one run, one pool of processes
        backfill_policy=dg.BackfillPolicy.single_run(),
        inputs=("clips",),
        after=[target_layer(key) for key in section.robot_keys()],
        deps=[of_subset],
    )
    def robot_motions(
        context: dg.AssetExecutionContext, home: Home, clips: Layer
    ) -> dg.MaterializeResult:
        from retarget.quality.gates import BOUNDED

        rows = by_subset((row["subset"], row) for row in kept_rows(clips))
        made: dict[str, SubsetResults] = {}
        for key, subsets in subsets_by_robot(context.partition_keys).items():
            asked = {subset: rows.get(subset, []) for subset in subsets}
            for each in retarget_subsets(recipe, home, key, asked):
                partition = partition_of(key, each.subset)
                shown = subset_metadata(each, BOUNDED)
                context.add_asset_metadata(shown, partition_key=partition)
                made[partition] = each
        version = sha256_of_values({name: each.layer.sha256 for name, each in made.items()})
        return dg.MaterializeResult(
            metadata=run_metadata(list(made.values())), data_version=dg.DataVersion(version)
        )

    return robot_motions


def _robot_clips(recipe: HumanRecipe) -> dg.AssetsDefinition:
    section, tables = recipe.retargeting(), robot_tables(recipe)

    @layer_asset(
        recipe,
        "robot_clips",
        description=(
            "One row for each kept human clip and robot: every measure, and whether it was "
            "accepted, flagged or rejected, and why; the books."
        ),
        kinds={"parquet"},
        card=True,
        version=stage_version(
            section.gates, "retarget.stage.table", "retarget.stage.books", "assets.stages.tables"
        ),
        inputs=("clips",),
        after=("robot_motions",),
    )
    def robot_clips(
        context: dg.AssetExecutionContext, home: Home, clips: Layer
    ) -> dg.MaterializeResult[Layer]:
        from retarget.stage.books import books_of_robots
        from retarget.stage.table import robot_rows

        human, judged = kept_rows(clips), []
        for key in section.robot_keys():
            results = gather_results(recipe, home, key, human)
            judged += robot_rows(key, human, results, section.gates)
        books = books_of_robots(section.robot_keys(), human, judged)
        folder = home.cache(context.asset_key)
        layer = build_tables(tables, home, folder, judged=judged, books=books)
        return result(layer, tables_metadata(tables, home, layer.path, books))

    return robot_clips


def kept_results(recipe: HumanRecipe, home: Home, key: str) -> KeptResults:
    """The tables of `robot_motions` of one robot."""
    return KeptResults(
        name=f"{recipe.name}/robot_motions",
        folder=home.folder / "cache" / recipe.name / "robot_motions" / key,
        source=str(recipe.source_path()),
        store=robot_store(home),
        done=f"retargeted to {key} as the table of clips has them",
    )


def retarget_subsets(
    recipe: HumanRecipe, home: Home, key: str, rows: Mapping[str, Rows]
) -> list[SubsetResults]:
    """Retarget subsets together, with one bar; what the store holds is not solved again.

    Args:
        recipe: Whose settings count.
        home: Where the stores and the tables lie.
        key: Of the robot.
        rows: Subset to kept rows of the human table.
    """
    from retarget.stage.run import retarget_clips
    from retarget.stage.sources import sources_of_rows

    human = [row for part in rows.values() for row in part]
    results = retarget_clips(
        sources_of_rows(human, human_store(home), fps=recipe.human.fps),
        source=robot_of(recipe),
        target=robot_of(recipe, key),
        settings=recipe.retargeting().settings_of(recipe.file, key),
        store=robot_store(home),
        processes=recipe.processes,
    )
    return kept_results(recipe, home, key).keep(rows, results)


def gather_results(
    recipe: HumanRecipe, home: Home, key: str, rows: Rows
) -> "dict[str, StageResult]":
    """Clip id to its result on a robot, of every kept row of the human table.

    Raises:
        LayerError: See `KeptResults.gather`.
    """
    from retarget.pairs.files import load_pair
    from retarget.stage.keys import clip_key, stage_digest

    source, target = robot_of(recipe), robot_of(recipe, key)
    settings = recipe.retargeting().settings_of(recipe.file, key)
    pair = load_pair(source.name, target, Path(settings.pair) if settings.pair else None)
    digest = stage_digest(source, target, pair, settings)
    keys: dict[str, dict[str, str]] = {}
    for row in rows:
        wanted = clip_key(row["content_sha256"], digest)
        keys.setdefault(row["subset"], {})[row["clip_id"]] = wanted
    return kept_results(recipe, home, key).gather(keys)

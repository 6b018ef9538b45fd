"""Robot motions: human clips on each robot, one partition a robot and dataset, then their fates."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from assets.common import key_of, result, stage_version, upstream
from assets.human_previews import spread_rows
from assets.layers import Home, Layer, sha256_of_values
from assets.partitions import SUBSET, partition_of, robots_and_subsets, subsets_by_robot
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe
from assets.robot_reports import build_robot_tables, robot_clips_metadata
from assets.robot_results import (
    RobotSubset,
    accepted_clips,
    by_subset,
    gather_results,
    retarget_subsets,
    section_of,
)

GROUP = "robots"
_MODULES = ("retarget", "motionlib/human", "motionlib/corpus", "motionlib/stages")


def robot_motion_assets(recipe: HumanRecipe) -> list[dg.AssetsDefinition]:
    """`robot_motions` and `robot_clips` of a recipe."""
    return [_robot_motions(recipe), _robot_clips(recipe)]


def _robot_motions(recipe: HumanRecipe) -> dg.AssetsDefinition:
    section = section_of(recipe)
    of_subset = dg.AssetDep(
        key_of(recipe, "human_motions"),
        partition_mapping=dg.MultiToSingleDimensionPartitionMapping(SUBSET),
    )

    @dg.asset(
        key=key_of(recipe, "robot_motions"),
        description=(
            f"The accepted human clips on {', '.join(section.robot_keys())}, measured. A clip whose "
            "motion, settings, robot and code are as they were is not solved again."
        ),
        group_name=GROUP,
        kinds={"numba", "parquet"},
        owners=[recipe.owner],
        code_version=stage_version((section.robots, section.settings), *_MODULES),
        partitions_def=robots_and_subsets(recipe, section.robot_keys()),
        # a range of partitions is one piece of work: one run, one pool of processes
        backfill_policy=dg.BackfillPolicy.single_run(),
        ins=upstream(recipe, "clips"),
        deps=[of_subset],
    )
    def robot_motions(
        context: dg.AssetExecutionContext, home: Home, clips: Layer
    ) -> dg.MaterializeResult:
        rows, made = by_subset(accepted_clips(clips)), []
        for key, subsets in subsets_by_robot(context.partition_keys).items():
            asked = {subset: rows.get(subset, []) for subset in subsets}
            made += retarget_subsets(recipe, home, key, asked)
        for each in made:
            partition = partition_of(each.robot, each.subset)
            context.add_asset_metadata(_subset_metadata(each), partition_key=partition)
        hashes = {f"{each.robot}|{each.subset}": each.layer.sha256 for each in made}
        version = dg.DataVersion(sha256_of_values(hashes))
        return dg.MaterializeResult(metadata=_run_metadata(made), data_version=version)

    return robot_motions


def _robot_clips(recipe: HumanRecipe) -> dg.AssetsDefinition:
    section = section_of(recipe)

    @dg.asset(
        key=key_of(recipe, "robot_clips"),
        description=(
            "One row for each accepted human clip and robot: every measure, and whether it was "
            "accepted, flagged or rejected, and why; the books."
        ),
        group_name=GROUP,
        kinds={"parquet"},
        owners=[recipe.owner],
        code_version=stage_version(section.gates, "assets", "retarget", "motionlib.stages.books"),
        ins=upstream(recipe, "clips"),
        deps=[key_of(recipe, "robot_motions")],
    )
    def robot_clips(
        context: dg.AssetExecutionContext, home: Home, clips: Layer
    ) -> dg.MaterializeResult[Layer]:
        from retarget.stage.books import books_of_robots
        from retarget.stage.table import robot_rows

        human, table = accepted_clips(clips), []
        for key in section.robot_keys():
            results = gather_results(recipe, home, key, by_subset(human))
            table += robot_rows(key, human, results, section.gates)
        books = books_of_robots(section.robot_keys(), human, table)
        folder = home.cache(context.asset_key)
        layer = build_robot_tables(recipe, home, folder, table=table, books=books)
        reports = home.reports(recipe.name)
        return result(layer, robot_clips_metadata(recipe, layer.path, books, reports=reports))

    return robot_clips


def _subset_metadata(made: RobotSubset) -> dict[str, Any]:
    failed = [each for each in made.results if not each.path]
    return {
        "path": dg.MetadataValue.path(str(made.layer.path)),
        "sha256": made.layer.sha256,
        "clips": len(made.results),
        "recomputed": sum(each.recomputed for each in made.results),
        "failed": table_preview([{"clip_id": e.clip_id, "reason": e.reason} for e in failed]),
        "measures": table_preview(spread_rows(_measures(made))),
    }


def _run_metadata(made: Sequence[RobotSubset]) -> dict[str, Any]:
    results = [each for part in made for each in part.results]
    return {
        "run_partitions": len(made),
        "run_clips": len(results),
        "run_recomputed": sum(each.recomputed for each in results),
        "run_failed": sum(not each.path for each in results),
    }


def _measures(made: RobotSubset) -> Mapping[str, list[float]]:
    from retarget.quality.gates import BOUNDED

    measures = [each.measures for each in made.results if each.path]
    return {name: [float(each[name]) for each in measures] for name in BOUNDED}

"""Robot motions: human clips on each robot, one partition a robot and dataset, then their fates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.clip_stage import (
    KeptResults,
    SubsetResults,
    by_subset,
    human_store,
    robot_store,
    run_metadata,
    subset_metadata,
)
from assets.common import key_of, result, robot_of, stage_version, upstream
from assets.layers import Home, Layer, sha256_of_values
from assets.partitions import SUBSET, partition_of, robots_and_subsets, subsets_by_robot
from assets.recipes.recordings import HumanRecipe
from assets.robot_recipe import kept_clips, section_of, target_of
from assets.robot_reports import build_robot_tables, robot_clips_metadata

if TYPE_CHECKING:
    from motionlib.stages.result import StageResult

Rows = Sequence[Mapping[str, Any]]
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
        from retarget.quality.gates import BOUNDED

        rows = by_subset((row["subset"], row) for row in kept_clips(clips))
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

        human, table = kept_clips(clips), []
        for key in section.robot_keys():
            results = gather_results(recipe, home, key, human)
            table += robot_rows(key, human, results, section.gates)
        books = books_of_robots(section.robot_keys(), human, table)
        folder = home.cache(context.asset_key)
        layer = build_robot_tables(recipe, home, folder, table=table, books=books)
        reports = home.reports(recipe.name)
        return result(layer, robot_clips_metadata(recipe, layer.path, books, reports=reports))

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
        target=target_of(recipe, key),
        settings=section_of(recipe).settings_of(recipe.file, key),
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

    source, target = robot_of(recipe), target_of(recipe, key)
    settings = section_of(recipe).settings_of(recipe.file, key)
    pair = load_pair(source.name, target, Path(settings.pair) if settings.pair else None)
    digest = stage_digest(source, target, pair, settings)
    keys: dict[str, dict[str, str]] = {}
    for row in rows:
        wanted = clip_key(row["content_sha256"], digest)
        keys.setdefault(row["subset"], {})[row["clip_id"]] = wanted
    return kept_results(recipe, home, key).gather(keys)

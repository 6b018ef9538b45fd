"""Human motions: recordings on the robot, one partition a dataset, then every clip's one fate."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, result, stage_version, upstream
from assets.heads.recordings import read_index
from assets.human_previews import spread_rows
from assets.human_reports import build_tables, clips_metadata
from assets.human_results import SubsetResults, convert_subsets, gather_results, rows_by_subset
from assets.layers import Home, Layer, sha256_of_values
from assets.partitions import subsets_of
from assets.previews import table_preview
from assets.recipes.recordings import HumanRecipe

if TYPE_CHECKING:
    from motionlib.stages.result import ClipResult

GROUP = "motions"
_MODULES = (
    "motionlib/human",
    "motionlib/corpus",
    "motionlib/stages",
    "motionlib/formats",
    "motionlib/containers",
)


def human_motion_assets(recipe: HumanRecipe) -> list[dg.AssetsDefinition]:
    """`human_motions` and `clips` of a recipe."""
    return [_human_motions(recipe), _clips(recipe)]


def _human_motions(recipe: HumanRecipe) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(recipe, "human_motions"),
        description=(
            f"The recordings at exactly {recipe.human.fps:g} frames a second on `{recipe.robot}`, "
            "measured. A clip whose content, settings and code are as they were is not made again."
        ),
        group_name=GROUP,
        kinds={"numpy", "parquet"},
        owners=[recipe.owner],
        code_version=stage_version((recipe.human, recipe.robot, recipe.profile), *_MODULES),
        partitions_def=subsets_of(recipe),
        # a range of subsets is one piece of work: one run, one pool of processes, one bar
        backfill_policy=dg.BackfillPolicy.single_run(),
        ins=upstream(recipe, "clip_index"),
        deps=[key_of(recipe, "robot_model")],
    )
    def human_motions(
        context: dg.AssetExecutionContext, home: Home, clip_index: Layer
    ) -> dg.MaterializeResult:
        from motionlib.robots.files import load_robot

        robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
        rows = rows_by_subset(read_index(clip_index))
        asked = {subset: rows.get(subset, []) for subset in context.partition_keys}
        made = convert_subsets(recipe, home, robot, asked)
        for each in made:
            context.add_asset_metadata(_subset_metadata(each), partition_key=each.subset)
        version = sha256_of_values({each.subset: each.layer.sha256 for each in made})
        return dg.MaterializeResult(
            metadata=_run_metadata(made), data_version=dg.DataVersion(version)
        )

    return human_motions


def _clips(recipe: HumanRecipe) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(recipe, "clips"),
        description=(
            "One row for each clip of every subset with its measures and its one fate; what was "
            "rejected, by which gate, at which frame; the books."
        ),
        group_name=GROUP,
        kinds={"parquet"},
        owners=[recipe.owner],
        code_version=stage_version(
            recipe.gates, "assets", "motionlib/corpus", "motionlib/stages", "motionlib.stages.gates"
        ),
        ins=upstream(recipe, "clip_index"),
        deps=[key_of(recipe, "robot_model"), key_of(recipe, "human_motions")],
    )
    def clips(
        context: dg.AssetExecutionContext, home: Home, clip_index: Layer
    ) -> dg.MaterializeResult[Layer]:
        from motionlib.robots.files import load_robot
        from motionlib.stages.books import books_of
        from motionlib.stages.gates import judge

        robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
        rows = read_index(clip_index)
        results = gather_results(recipe, home, robot, rows_by_subset(rows))
        judged = judge(rows, [results[row.clip_id] for row in rows], recipe.gates)
        books = books_of(rows, judged)
        folder = home.cache(context.asset_key)
        layer = build_tables(recipe, home, folder, judged=judged, books=books)
        reports = home.reports(recipe.name)
        return result(layer, clips_metadata(recipe, layer.path, books, reports=reports))

    return clips


def _subset_metadata(made: SubsetResults) -> dict[str, Any]:
    failed = [each for each in made.results if each.reason]
    return {
        "path": dg.MetadataValue.path(str(made.layer.path)),
        "sha256": made.layer.sha256,
        "clips": len(made.results),
        "seconds": round(sum(_seconds(made.results)), 2),
        "recomputed": sum(each.recomputed for each in made.results),
        "failed": table_preview([{"clip_id": e.clip_id, "reason": e.reason} for e in failed]),
        "measures": table_preview(spread_rows(_measures(made.results))),
    }


def _run_metadata(made: Sequence[SubsetResults]) -> dict[str, Any]:
    results = [each for subset in made for each in subset.results]
    fates = Counter("failed" if each.reason else "converted" for each in results)
    return {
        "run_subsets": len(made),
        "run_clips": len(results),
        "run_recomputed": sum(each.recomputed for each in results),
        "run_failed": fates["failed"],
        "run_hours": round(sum(_seconds(results)) / 3600.0, 4),
    }


def _seconds(results: "Sequence[ClipResult]") -> list[float]:
    return [float(each.measures["seconds"]) for each in results if not each.reason]


def _measures(results: "Sequence[ClipResult]") -> Mapping[str, list[float]]:
    converted = [each.measures for each in results if not each.reason]
    names = [name for name in (converted[0] if converted else {}) if name.endswith("_max")]
    return {name: [float(measures[name]) for measures in converted] for name in names}

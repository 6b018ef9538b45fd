"""Human motions: recordings on the robot, one partition a dataset, then every clip's one fate."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from assets.clip_stage import (
    KeptResults,
    SubsetResults,
    by_subset,
    human_store,
    run_metadata,
    subset_metadata,
)
from assets.common import key_of, result, robot_of, stage_version, upstream
from assets.heads.recordings import read_index
from assets.human_reports import build_tables, clips_metadata
from assets.layers import Home, Layer, sha256_of_values
from assets.partitions import subsets_of
from assets.recipes.recordings import HumanRecipe
from motionlib.stages.verdicts import bounds_of

if TYPE_CHECKING:
    from motionlib.corpus.row import ClipRow
    from motionlib.stages.result import StageResult

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
        rows = by_subset((row.subset, row) for row in read_index(clip_index))
        asked = {subset: rows.get(subset, []) for subset in context.partition_keys}
        made = convert_subsets(recipe, home, asked)
        judged = list(bounds_of(recipe.gates))
        for each in made:
            context.add_asset_metadata(subset_metadata(each, judged), partition_key=each.subset)
        version = sha256_of_values({each.subset: each.layer.sha256 for each in made})
        return dg.MaterializeResult(
            metadata=run_metadata(made), data_version=dg.DataVersion(version)
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
        from motionlib.stages.books import books_of
        from motionlib.stages.gates import judge

        rows = read_index(clip_index)
        judged = judge(rows, gather_results(recipe, home, rows), recipe.gates)
        books = books_of(rows, judged)
        folder = home.cache(context.asset_key)
        layer = build_tables(recipe, home, folder, judged=judged, books=books)
        reports = home.reports(recipe.name)
        return result(layer, clips_metadata(recipe, layer.path, books, reports=reports))

    return clips


def kept_results(recipe: HumanRecipe, home: Home) -> KeptResults:
    """The tables of `human_motions`."""
    return KeptResults(
        name=f"{recipe.name}/human_motions",
        folder=home.folder / "cache" / recipe.name / "human_motions",
        source=str(recipe.source_path()),
        store=human_store(home),
        done="converted as the clip index has them",
    )


def convert_subsets(
    recipe: HumanRecipe, home: Home, rows: "Mapping[str, Sequence[ClipRow]]"
) -> list[SubsetResults]:
    """Convert subsets together, with one bar; what the store holds is not converted again.

    Args:
        recipe: Whose settings count.
        home: Where the store and the tables lie.
        rows: Subset to its rows of the index.
    """
    from motionlib.stages.conversion import convert_clips

    results = convert_clips(
        [row for part in rows.values() for row in part],
        root=recipe.source_path(),
        robot=robot_of(recipe),
        settings=recipe.human,
        store=human_store(home),
        processes=recipe.processes,
    )
    return kept_results(recipe, home).keep(rows, results)


def gather_results(
    recipe: HumanRecipe, home: Home, rows: "Sequence[ClipRow]"
) -> "list[StageResult]":
    """One result a row of the index.

    Raises:
        LayerError: See `KeptResults.gather`.
    """
    from motionlib.corpus.row import REJECTED
    from motionlib.stages.keys import clip_key, stage_digest

    digest = stage_digest(robot_of(recipe), recipe.human)
    keys: dict[str, dict[str, str]] = {}
    for row in rows:
        key = "" if row.fate == REJECTED else clip_key(row, digest)
        keys.setdefault(row.subset, {})[row.clip_id] = key
    found = kept_results(recipe, home).gather(keys)
    return [found[row.clip_id] for row in rows]

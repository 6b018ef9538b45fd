"""The conversion stage: recordings on the humanoid, a partition a dataset, then one fate each."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import layer_asset, library_name, result, robot_of, stage_version
from assets.heads.recordings import read_index
from assets.layers import Home, Layer, sha256_of_values
from assets.partitions import subsets_of
from assets.recipes.recordings import HumanRecipe
from assets.stages.checks import Accounts, books_check, share_check
from assets.stages.results import (
    KeptResults,
    SubsetResults,
    by_subset,
    human_store,
    run_metadata,
    subset_metadata,
)
from assets.stages.tables import StageTables, build_tables, tables_metadata
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.stages.verdicts import bounds_of, is_kept

if TYPE_CHECKING:
    from motionlib.corpus.row import ClipRow
    from motionlib.stages.result import StageResult


def human_assets(recipe: HumanRecipe) -> list[dg.AssetsDefinition]:
    """`human_motions` and `clips` of a recipe."""
    return [_human_motions(recipe), _clips(recipe)]


def human_checks(recipe: HumanRecipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `clips`."""
    accounts = Accounts(tables=human_tables(recipe), taken_in="clip_index", read=_index_rows)
    return [books_check(accounts), share_check(accounts, recipe.max_rejected_share)]


def human_tables(recipe: HumanRecipe) -> StageTables:
    """`clips.parquet` and what lies beside it."""
    return StageTables(
        recipe=recipe,
        layer="clips",
        prefix="",
        title=recipe.name,
        gates=recipe.gates,
        measures=HUMAN_MEASURES,
        library_of=lambda row: library_name(row["split"], of_robots=False) if is_kept(row) else "",
    )


def _human_motions(recipe: HumanRecipe) -> dg.AssetsDefinition:
    settings = (recipe.human, recipe.robot, recipe.profile)

    @layer_asset(
        recipe,
        "human_motions",
        description=(
            f"The recordings at exactly {recipe.human.fps:g} frames a second on `{recipe.robot}`, "
            "measured. A clip whose content, settings and code are as they were is not made again."
        ),
        kinds={"numpy", "parquet"},
        version=stage_version(settings, "motionlib.stages.conversion"),
        partitions_def=subsets_of(recipe),
        # a range of subsets is one piece of work: one run, one pool of processes, one bar
        backfill_policy=dg.BackfillPolicy.single_run(),
        inputs=("clip_index",),
        after=("robot_model",),
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
    @layer_asset(
        recipe,
        "clips",
        description=(
            "One row for each clip of every subset with its measures and its one fate; what was "
            "flagged or rejected, by which gate, at which frame; the books."
        ),
        kinds={"parquet"},
        card=True,
        version=stage_version(
            recipe.gates, "motionlib.stages.gates", "motionlib.stages.books", "assets.stages.tables"
        ),
        inputs=("clip_index",),
        after=("robot_model", "human_motions"),
    )
    def clips(
        context: dg.AssetExecutionContext, home: Home, clip_index: Layer
    ) -> dg.MaterializeResult[Layer]:
        from motionlib.stages.books import books_of
        from motionlib.stages.gates import judge
        from motionlib.stages.table import TableContext

        rows = read_index(clip_index)
        judged = judge(rows, gather_results(recipe, home, rows), recipe.gates)
        books = books_of(rows, judged)
        told = TableContext(
            root=str(recipe.source_path()),
            store=str(human_store(home).folder),
            robot=recipe.robot_reference(),
            settings=dataclasses.asdict(recipe.human),
            gates=recipe.gates,
        )
        tables = dataclasses.replace(human_tables(recipe), context=told)
        folder = home.cache(context.asset_key)
        layer = build_tables(tables, home, folder, judged=judged, books=books)
        return result(layer, tables_metadata(tables, home, layer.path, books))

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


def _index_rows(clip_index: Layer) -> list[dict[str, Any]]:
    from motionlib.stages.books import entry_of

    return [entry_of(row) for row in read_index(clip_index)]

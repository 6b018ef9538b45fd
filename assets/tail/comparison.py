"""The trainings of a recipe beside each other: every motion, and how sure their differences are."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of, layer_asset, result, stage_version
from assets.facts import table_facts
from assets.layers import Home, Layer
from assets.links import report_link
from assets.presentation import VERDICT
from assets.previews import bars_plot, table_preview
from assets.recipes.recordings import AnyRecipe, HumanRecipe
from assets.tables import write_rows
from assets.tail.evaluation import joined_table, load_evaluations, verdict_of
from assets.tail.report import entries_of, page_names
from assets.tail.tails import Rows, Tail
from motionlib.files import sha256_of_file, write_text

if TYPE_CHECKING:
    from training.evaluation.comparing.sides import Side
    from training.evaluation.store import Evaluation
    from training.evaluation.summary import Entry

COMPARISON = "comparison.html"
DIFFERENCES, DIFFERENCES_TABLE = "differences.html", "differences.parquet"
_EVALUATION = "evaluation_of_{}"
"""Input of a training's evaluation; never the name of another input, whatever a training is called."""
Evaluations = Mapping[str, "Evaluation"]


def comparison_assets(recipe: AnyRecipe, tails: Sequence[Tail]) -> list[dg.AssetsDefinition]:
    """`comparison` of the trainings on one artifact; none where there is one training only."""
    artifacts = dict.fromkeys(tail.artifact for tail in tails)
    groups = [[tail for tail in tails if tail.artifact == each] for each in artifacts]
    return [_comparison(recipe, group) for group in groups if len(group) > 1]


def _comparison(recipe: AnyRecipe, tails: Sequence[Tail]) -> dg.AssetsDefinition:
    first = tails[0]
    names = [tail.training.name for tail in tails]
    ins = {
        _EVALUATION.format(tail.training.name): dg.AssetIn(key=tail.asset_key("full_evaluation"))
        for tail in tails
    }
    # a recipe that takes its recordings to robots may train the humanoid as well
    also = isinstance(recipe, HumanRecipe) and recipe.retarget and not first.partitions
    stage = "humanoid/comparison" if also else "comparison"

    @layer_asset(
        recipe,
        stage,
        description=(
            f"The trainings {', '.join(names)} beside each other: every motion of every split, never "
            f"averaged over splits; and what differs from {names[0]}, with intervals."
        ),
        kinds={"parquet", "html"},
        version=stage_version(None, "training"),
        card=True,
        ins={"clips": dg.AssetIn(key=key_of(recipe, first.table)), **ins},
        partitions_def=first.partitions,
    )
    def comparison(
        context: dg.AssetExecutionContext, home: Home, clips: Layer, **evaluated: Layer
    ) -> dg.MaterializeResult[Layer]:
        from training.evaluation.summary import motion_rows, summary_html

        key = first.key(context)
        folder = home.reports(recipe.name) / key
        every = [
            (tail, load_evaluations(evaluated[_EVALUATION.format(tail.training.name)]))
            for tail in tails
        ]
        entries = list(_entries(every))
        page = summary_html(entries, title=recipe.description, differences=DIFFERENCES)
        write_text(folder / COMPARISON, page)
        rows = motion_rows(entries)
        path = folder / "comparison.parquet"
        write_rows(path, rows)
        shown = {
            VERDICT: ". ".join(f"{tail.training.name}: {verdict_of(e)}" for tail, e in every),
            "open": report_link(folder / COMPARISON),
            **_differences(folder, every, first.clips(clips, key), key=key),
            "trainings": len(tails),
            "motions": len(rows),
            "plot": bars_plot(
                {entry.name: _errors(rows, entry) for entry in entries}, "global body error (m)"
            ),
            "preview": table_preview(rows, limit=60),
            **table_facts(path),
        }
        return result(Layer(path=path, sha256=sha256_of_file(path)), shown)

    return comparison


def _entries(every: Sequence[tuple[Tail, Evaluations]]) -> "Iterator[Entry]":
    for tail, evaluations in every:
        names = page_names(evaluations)
        pages = {split: f"{tail.training.name}/{page}" for split, page in names.items()}
        yield from entries_of(tail, evaluations, pages)


def _differences(
    folder: Path, every: Sequence[tuple[Tail, Evaluations]], clips: Rows, *, key: str
) -> dict[str, Any]:
    """What differs from the first training, written and as metadata."""
    from training.evaluation.comparing.compare import compare
    from training.evaluation.comparing.page import comparison_html
    from training.evaluation.comparing.wording import by_chance

    first, *others = [_side(tail, evaluations, clips, key) for tail, evaluations in every]
    compared = [compare(first, other) for other in others]
    title = f"{', '.join(other.label for other in others)} against {first.label}"
    write_text(folder / DIFFERENCES, comparison_html(compared, title=title))
    write_rows(folder / DIFFERENCES_TABLE, [row for each in compared for row in each.rows()])
    of_all = [row for each in compared for row in each.rows(group="")]
    return {
        "differences": report_link(folder / DIFFERENCES),
        "intervals": table_preview(of_all, limit=len(of_all)),
        "sure": f"{by_chance(compared)}.",
    }


def _side(tail: Tail, evaluations: Evaluations, clips: Rows, key: str) -> "Side":
    from training.evaluation.comparing.sides import side_from_table
    from training.evaluation.controllers import POLICY

    tables = {split: each.tables[POLICY] for split, each in evaluations.items()}
    name = tail.training.name
    return side_from_table(joined_table(tail, key, tables, clips), path=Path(name), label=name)


def _errors(rows: Sequence[Mapping[str, Any]], entry: "Entry") -> dict[str, float]:
    """Global body error (m) by motion, of one training on one split."""
    column = f"{entry.training} global_error_m"
    return {row["motion_name"]: row[column] for row in rows if row["split"] == entry.split}

"""Reports of policies: a page a split, and one that sets splits and trainings beside each other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import layer_asset, result, stage_version
from assets.facts import table_facts
from assets.layers import Home, Layer
from assets.links import report_link
from assets.presentation import VERDICT
from assets.previews import bars_plot, table_preview
from assets.recipes.recordings import AnyRecipe, HumanRecipe
from assets.tables import write_rows
from assets.tail.evaluation import evaluation_metadata, load_evaluations, verdict_of
from assets.tail.tails import Tail
from motionlib.files import sha256_of_file, write_text

if TYPE_CHECKING:
    from training.evaluation.store import Evaluation
    from training.evaluation.summary import Entry

REPORT, COMPARISON = "report.html", "comparison.html"


def report_asset(tail: Tail) -> dg.AssetsDefinition:
    """`report` of a training."""
    recipe = tail.recipe

    @layer_asset(
        recipe,
        tail.layer("report"),
        description=(
            "HTML for people: verdict of each split beside the baselines, learning curve, worst "
            "motions, lineage."
        ),
        kinds={"html"},
        version=stage_version(recipe.description, "training"),
        ins=tail.inputs("policy", "full_evaluation"),
        partitions_def=tail.partitions,
    )
    def report(
        context: dg.AssetExecutionContext, home: Home, policy: Layer, full_evaluation: Layer
    ) -> dg.MaterializeResult[Layer]:
        from training.evaluation.report import report_html
        from training.evaluation.summary import summary_html
        from training.progress import read_progress
        from training.runs import RunFolder

        key = tail.key(context)
        folder, evaluations = tail.reports(home, key), load_evaluations(full_evaluation)
        progress = read_progress(RunFolder(path=policy.path.parent).progress)
        pages = page_names(evaluations)
        for split, evaluation in evaluations.items():
            title = f"{recipe.description} {split}" if len(pages) > 1 else recipe.description
            write_text(
                folder / pages[split], report_html(evaluation, progress=progress, title=title)
            )
        if len(pages) > 1:
            entries = entries_of(tail, evaluations, pages)
            write_text(folder / REPORT, summary_html(entries, title=recipe.description))
        path = folder / REPORT
        shown = {"open": report_link(path), **evaluation_metadata(evaluations)}
        return result(Layer(path=path, sha256=sha256_of_file(path)), shown)

    return report


def comparison_assets(recipe: AnyRecipe, tails: Sequence[Tail]) -> list[dg.AssetsDefinition]:
    """`comparison` of the trainings on one artifact; none where there is one training only."""
    artifacts = dict.fromkeys(tail.artifact for tail in tails)
    groups = [[tail for tail in tails if tail.artifact == each] for each in artifacts]
    return [_comparison(recipe, group) for group in groups if len(group) > 1]


def page_names(evaluations: "Mapping[str, Evaluation]") -> dict[str, str]:
    """Split to the file of its page; one alone is the report."""
    alone = len(evaluations) == 1
    return {split: REPORT if alone else f"report_{split}.html" for split in evaluations}


def entries_of(
    tail: Tail, evaluations: "Mapping[str, Evaluation]", pages: Mapping[str, str]
) -> "list[Entry]":
    """Evaluations as a summary shows them."""
    from training.evaluation.summary import Entry

    return [
        Entry(
            training=tail.training.name,
            split=split,
            trained_on=split == tail.training.split,
            evaluation=evaluation,
            page=pages[split],
        )
        for split, evaluation in evaluations.items()
    ]


def _comparison(recipe: AnyRecipe, tails: Sequence[Tail]) -> dg.AssetsDefinition:
    first = tails[0]
    ins = {t.training.name: dg.AssetIn(key=t.asset_key("full_evaluation")) for t in tails}
    # a recipe that takes its recordings to robots may train the humanoid as well
    also = isinstance(recipe, HumanRecipe) and recipe.retarget and not first.partitions
    stage = "humanoid/comparison" if also else "comparison"

    @layer_asset(
        recipe,
        stage,
        description=(
            f"The trainings {', '.join(ins)} beside each other: every motion of every split, never "
            "averaged over splits."
        ),
        kinds={"parquet", "html"},
        version=stage_version(None, "training"),
        card=True,
        ins=ins,
        partitions_def=first.partitions,
    )
    def comparison(
        context: dg.AssetExecutionContext, home: Home, **evaluated: Layer
    ) -> dg.MaterializeResult[Layer]:
        from training.evaluation.summary import motion_rows, summary_html

        key = first.key(context)
        folder = home.reports(recipe.name) / key
        entries: list[Entry] = []
        said = []
        for tail in tails:
            evaluations = load_evaluations(evaluated[tail.training.name])
            said.append(f"{tail.training.name}: {verdict_of(evaluations)}")
            names = page_names(evaluations)
            pages = {split: f"{tail.training.name}/{page}" for split, page in names.items()}
            entries += entries_of(tail, evaluations, pages)
        write_text(folder / COMPARISON, summary_html(entries, title=recipe.description))
        rows = motion_rows(entries)
        path = folder / "comparison.parquet"
        write_rows(path, rows)
        errors = {entry.name: _errors(rows, entry) for entry in entries}
        shown = {
            VERDICT: ". ".join(said),
            "open": report_link(folder / COMPARISON),
            "trainings": len(tails),
            "motions": len(rows),
            "plot": bars_plot(errors, "global body error (m)"),
            "preview": table_preview(rows, limit=60),
            **table_facts(path),
        }
        return result(Layer(path=path, sha256=sha256_of_file(path)), shown)

    return comparison


def _errors(rows: Sequence[Mapping[str, Any]], entry: "Entry") -> dict[str, float]:
    """Global body error (m) by motion, of one training on one split."""
    column = f"{entry.training} global_error_m"
    return {row["motion_name"]: row[column] for row in rows if row["split"] == entry.split}

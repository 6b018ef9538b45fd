"""Reports of policies: a page a split, and one that sets splits beside each other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from assets.common import layer_asset, result, stage_version
from assets.layers import Home, Layer
from assets.links import report_link
from assets.tail.evaluation import evaluation_metadata, load_evaluations
from assets.tail.tails import Tail
from motionlib.files import sha256_of_file, write_text

if TYPE_CHECKING:
    from training.evaluation.store import Evaluation
    from training.evaluation.summary import Entry

REPORT = "report.html"


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

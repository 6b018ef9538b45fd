"""Checks on the evaluation: an honest improvement over both baselines.

They do not block: whoever misses a bound wants to see the table and the report.
"""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from assets.layers import Layer
from assets.previews import table_preview
from assets.tail.evaluation import load_evaluations
from assets.tail.tails import Tail
from training.evaluation.verifications import SUCCESS, SURVIVAL, VERIFICATIONS, AcceptBounds

if TYPE_CHECKING:
    from training.evaluation.comparison import Verification

_MEANINGS = {"success": f" ({SUCCESS})", "survival": f" ({SURVIVAL})"}


def acceptance_checks(tail: Tail) -> list[dg.AssetChecksDefinition]:
    """Checks of `full_evaluation`."""
    verifications = [_verification_check(tail, *facts) for facts in VERIFICATIONS.items()]
    return [*verifications, _books_check(tail)]


def _verification_check(tail: Tail, key: str, name: str) -> dg.AssetChecksDefinition:
    required = tail.recipe.evaluation.required

    @dg.asset_check(
        asset=tail.asset_key("full_evaluation"),
        name=key,
        description=f"{name}{_MEANINGS.get(key, '')}; from frame 0, deterministic, on every split by itself.",
        partitions_def=tail.partitions,
    )
    def check(
        context: dg.AssetCheckExecutionContext, full_evaluation: Layer
    ) -> dg.AssetCheckResult:
        del context
        verified = _verified(full_evaluation, tail.recipe.evaluation.bounds())
        found = {split: by_key[key] for split, by_key in verified.items()}
        limit = next(iter(found.values())).limit
        said = {split: f"{each.found} (bound {each.limit})" for split, each in found.items()}
        return dg.AssetCheckResult(
            passed=all(each.passed for each in found.values()),
            severity=dg.AssetCheckSeverity.ERROR if required else dg.AssetCheckSeverity.WARN,
            description=f"{name}: {in_splits(said)}",
            metadata={"limit": limit, **{f"found_{split}": e.found for split, e in found.items()}},
        )

    return check


def in_splits(said: Mapping[str, str]) -> str:
    """What is said of each split, in one line; without its name where there is one only."""
    if len(said) == 1:
        return next(iter(said.values()))
    return "; ".join(f"{split}: {text}" for split, text in said.items())


@functools.lru_cache(maxsize=2)
def _verified(full_evaluation: Layer, bounds: AcceptBounds) -> "dict[str, dict[str, Verification]]":
    """Split to every verification by its key; read and compared once for all checks of a layer."""
    from training.evaluation.comparison import compare_to_baselines, verify
    from training.evaluation.tables import concatenate_tables

    found = {}
    for split, evaluation in load_evaluations(full_evaluation).items():
        comparisons = compare_to_baselines(concatenate_tables(list(evaluation.tables.values())))
        found[split] = {each.key: each for each in verify(comparisons, bounds)}
    return found


def _books_check(tail: Tail) -> dg.AssetChecksDefinition:
    survive_s = tail.recipe.evaluation.survive_s

    @dg.asset_check(
        asset=tail.asset_key("full_evaluation"),
        name="books_balanced",
        description=(
            "Every motion of every split whole, once for each controller, and long enough to show "
            f"{survive_s:g} s."
        ),
        blocking=True,
        partitions_def=tail.partitions,
    )
    def check(
        context: dg.AssetCheckExecutionContext, full_evaluation: Layer
    ) -> dg.AssetCheckResult:
        del context
        rows = [
            {"split": split, **row}
            for split, evaluation in load_evaluations(full_evaluation).items()
            for table in evaluation.tables.values()
            for row in table.to_pylist()
        ]
        cut = [row for row in rows if row["evaluated_frames"] != row["frames"]]
        short = [row for row in rows if row["seconds"] < survive_s]
        names = {(row["split"], row["motion_name"], row["controller"]) for row in rows}
        shown = [{key: row[key] for key in ("motion_name", "seconds")} for row in cut + short]
        return dg.AssetCheckResult(
            passed=not cut and not short and len(names) == len(rows),
            metadata={
                "rows": len(rows),
                "seconds": round(sum(row["seconds"] for row in rows), 2),
                "evaluated_seconds": round(sum(row["evaluated_seconds"] for row in rows), 2),
                "not_whole_or_short": table_preview(shown),
            },
        )

    return check

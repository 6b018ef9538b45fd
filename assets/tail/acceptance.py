"""Checks on the evaluation: an honest improvement over both baselines.

They do not block: whoever misses a bound wants to see the table and the report.
"""

from typing import TYPE_CHECKING

import dagster as dg

from assets.common import key_of
from assets.layers import Layer
from assets.previews import table_preview
from assets.recipes.common import Evaluation
from assets.recipes.walking import Recipe
from training.evaluation.verifications import VERIFICATIONS

if TYPE_CHECKING:
    from training.evaluation.comparison import AcceptBounds


def acceptance_checks(recipe: Recipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `full_evaluation`."""
    verifications = [_verification_check(recipe, *facts) for facts in VERIFICATIONS.items()]
    return [*verifications, _books_check(recipe)]


def bounds_of(evaluation: Evaluation) -> "AcceptBounds":
    """The recipe's bounds as the evaluation knows them."""
    from training.evaluation.comparison import AcceptBounds

    return AcceptBounds(
        relative_ratio=evaluation.relative_ratio,
        global_ratio=evaluation.global_ratio,
        standing_global=evaluation.standing_global,
        standing_relative=evaluation.standing_relative,
    )


def _severity(recipe: Recipe) -> dg.AssetCheckSeverity:
    required = recipe.evaluation.required
    return dg.AssetCheckSeverity.ERROR if required else dg.AssetCheckSeverity.WARN


def _verification_check(recipe: Recipe, key: str, name: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "full_evaluation"),
        name=key,
        description=f"{name}; from frame 0, deterministic.",
    )
    def check(full_evaluation: Layer) -> dg.AssetCheckResult:
        from training.evaluation.comparison import compare_to_baselines, verify
        from training.evaluation.store import load_evaluation
        from training.evaluation.tables import concatenate_tables

        tables = load_evaluation(full_evaluation.path).tables
        comparisons = compare_to_baselines(concatenate_tables(list(tables.values())))
        found = {v.key: v for v in verify(comparisons, bounds_of(recipe.evaluation))}[key]
        return dg.AssetCheckResult(
            passed=found.passed,
            severity=_severity(recipe),
            description=f"{found.name}: {found.found} (bound {found.limit})",
            metadata={"limit": found.limit, "found": found.found},
        )

    return check


def _books_check(recipe: Recipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "full_evaluation"),
        name="books_balanced",
        description=(
            "Every motion whole, once for each controller, and long enough to show "
            f"{recipe.evaluation.survive_s:g} s."
        ),
        blocking=True,
    )
    def check(full_evaluation: Layer) -> dg.AssetCheckResult:
        from training.evaluation.store import load_evaluation

        tables = load_evaluation(full_evaluation.path).tables
        rows = [row for table in tables.values() for row in table.to_pylist()]
        cut = [row for row in rows if row["evaluated_frames"] != row["frames"]]
        short = [row for row in rows if row["seconds"] < recipe.evaluation.survive_s]
        names = {(row["motion_name"], row["controller"]) for row in rows}
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

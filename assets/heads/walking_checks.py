"""Blocking checks on the motions: one for each gate of the recipe, the schema and the books."""

import dagster as dg

from assets.common import key_of, robot_of
from assets.heads.walking import BOOKS, CLIPS, CLIPS_TABLE
from assets.layers import Layer
from assets.previews import table_preview
from assets.recipes.walking import Recipe
from assets.tables import read_json, read_rows
from motionlib.measure import Measure
from motionlib.stages.verdicts import REJECTED, Bound, bounds_of, is_kept
from motionlib.walking.measure_table import WALKING_MEASURES


def motion_checks(recipe: Recipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `sampled_motions`."""
    bounds = bounds_of(recipe.gates)
    gates = [
        _gate_check(recipe, each, bounds[each.name])
        for each in WALKING_MEASURES
        if each.name in bounds
    ]
    return [*gates, _books_check(recipe), _schema_check(recipe)]


def _gate_check(recipe: Recipe, measure: Measure, bound: Bound) -> dg.AssetChecksDefinition:
    name, unit = measure.name, f" {measure.unit}" if measure.unit else ""

    @dg.asset_check(
        asset=key_of(recipe, "sampled_motions"),
        name=name,
        description=(
            f"{measure.meaning}. Bound {bound.reject:g}{unit}, {recipe.max_rejected} motions may "
            "exceed it."
        ),
        blocking=True,
    )
    def check(sampled_motions: Layer) -> dg.AssetCheckResult:
        rows = [
            row for row in read_rows(sampled_motions.path / CLIPS_TABLE) if row[name] is not None
        ]
        beyond = [row for row in rows if not row[name] <= bound.reject]
        worst = max(rows, key=lambda row: row[name])
        return dg.AssetCheckResult(
            passed=len(beyond) <= recipe.max_rejected,
            metadata={
                "bound": bound.reject,
                "unit": measure.unit,
                "worst": float(worst[name]),
                "worst_motion": worst["motion_name"],
                "motions_beyond": len(beyond),
                "beyond": table_preview([_short(row, name) for row in beyond]),
            },
        )

    return check


def _books_check(recipe: Recipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "sampled_motions"),
        name="books_balanced",
        description=(
            "Seconds in = accepted + flagged + rejected, and the file holds what the table says; "
            f"{recipe.max_rejected} motions may be rejected."
        ),
        blocking=True,
    )
    def check(sampled_motions: Layer) -> dg.AssetCheckResult:
        from motionlib.formats.npz_file import read_npz
        from motionlib.walking.table import books_of

        rows = read_rows(sampled_motions.path / CLIPS_TABLE)
        books = books_of(rows, **read_json(sampled_motions.path / BOOKS))
        kept = [row["motion_name"] for row in rows if is_kept(row)]
        file = read_npz(sampled_motions.path / CLIPS)
        complete = list(file.clip_names) == kept
        rejected = [row for row in rows if row["fate"] == REJECTED]
        return dg.AssetCheckResult(
            passed=books.balanced and complete and len(rejected) <= recipe.max_rejected,
            metadata={
                "books": table_preview(books.rows()),
                "seconds_in": round(books.total.taken_in.seconds, 6),
                "seconds_out": round(books.total.kept.seconds, 6),
                "seconds_rejected": round(books.total.of(REJECTED).seconds, 6),
                "motions_in": books.total.taken_in.clips,
                "file_holds_table": complete,
                "rejected": table_preview([_short(row, "reason") for row in rejected]),
            },
        )

    return check


def _schema_check(recipe: Recipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "concatenated_npz"),
        name="schema",
        description="Axes, finite values and unit quaternions; bodies where kinematics puts them.",
        blocking=True,
    )
    def check(concatenated_npz: Layer) -> dg.AssetCheckResult:
        from assets.tail.walking_libraries import CONCATENATED
        from motionlib.errors import MotionError
        from motionlib.formats.beyondmimic import load_npz

        try:
            motions = load_npz(concatenated_npz.path / CONCATENATED, robot_of(recipe))
        except MotionError as error:
            return dg.AssetCheckResult(passed=False, description=str(error))
        return dg.AssetCheckResult(passed=True, metadata={"motions": len(motions)})

    return check


def _short(row: dict[str, object], column: str) -> dict[str, object]:
    return {key: row[key] for key in ("motion_name", "source", column)}

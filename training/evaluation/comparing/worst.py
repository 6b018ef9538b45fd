"""The worst motions of an evaluation, by any of its measures."""

from dataclasses import dataclass
from typing import Any

from motionlib.errors import FormatError, nearest_names
from training.evaluation.comparing.sides import Measured, Side
from training.evaluation.comparison import GLOBAL

_TOLD = ("split", "dataset", "seconds", "failure_s", "survived_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """Motions of one evaluation in order, the worst first."""

    measure: Measured
    rows: list[dict[str, Any]]
    """Motion, title, its value, whether and why it failed, and where it is from."""
    motions: int
    """All that have a value."""
    unknown: list[str]
    """Motions without one, which are in no order."""


def worst_of(side: Side, *, by: str = "", count: int = 10) -> Worst:
    """The worst motions by a measure; of a verdict those that it does not hold of.

    Motions that are alike in it are ordered by when they failed, then by the global error.

    Args:
        side: The evaluation.
        by: Measure; the global body error, or the first of the table, if empty.
        count: Motions at most.

    Raises:
        FormatError: The table has no such measure; names the nearest.
    """
    by = by or (GLOBAL if GLOBAL in side.measures else next(iter(side.measures), ""))
    if by not in side.measures:
        raise FormatError(f"{side.path}: no measure {by!r}; {nearest_names(by, side.measures)}")
    measure = side.measures[by]
    sign = 1.0 if measure.more_is_better else -1.0
    known = [(case, row) for (_, case), row in side.rows.items() if row[by] is not None]

    def badness(each: tuple[str, Any]) -> tuple[float, float, float, str]:
        case, row = each
        failed = row.get("failure_s")
        return (
            sign * float(row[by]),
            float("inf") if failed is None else failed,
            -(row.get(GLOBAL) or 0.0),
            case,
        )

    ordered = sorted(known, key=badness)
    if measure.share:
        ordered = [each for each in ordered if not each[1][by]]
    titles = side.titles
    return Worst(
        measure=measure,
        rows=[
            {
                "motion": case,
                "title": titles.get(case, "") if titles.get(case) != case else "",
                by: float(row[by]),
                "success": row.get("success"),
                "failure_cause": row.get("failure_cause"),
                **{name: row[name] for name in _TOLD if name in row and name != by},
            }
            for case, row in ordered[:count]
        ],
        motions=len(known),
        unknown=[case for (_, case), row in side.rows.items() if row[by] is None],
    )

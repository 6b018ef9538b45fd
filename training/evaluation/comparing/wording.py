"""How a comparison is said, on a terminal as on a page: numbers with units, intervals, verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.evaluation.comparing.compare import Change, Compared, Found
from training.evaluation.comparing.intervals import LEAST_MOTIONS
from training.evaluation.comparing.resampling import CONFIDENCE
from training.evaluation.comparing.sides import Measured

_SHOWN = {"m": (100.0, "cm"), "share": (100.0, "%")}
"""Unit to its factor and unit for people."""
BOUNDS = (
    f"In brackets the interval that holds the true difference of motions like these with "
    f"{100 * CONFIDENCE:.0f} %, by motions resampled in pairs within their datasets, of shares by the "
    f"score test. Fewer than {LEAST_MOTIONS} motions have p instead: how often exchanging the two at "
    "random would give as much. Neither says anything about other seeds of training."
)
"""What intervals and p mean, for whoever reads a table of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measure on one subset, in words."""

    split: str
    subset: str
    measure: str
    """With its unit."""
    motions: str
    first: str
    second: str
    difference: str
    bounds: str
    """Interval, or p."""
    verdict: str
    meaning: str


def line_of(found: Found) -> Line:
    """A finding in words."""
    measure, difference = found.measure, found.difference
    scale, unit = _SHOWN.get(measure.unit, (1.0, measure.unit))
    told = difference.difference
    return Line(
        split=found.split,
        subset=found.subset,
        measure=f"{measure.name.replace('_', ' ')}{f', {unit}' if unit not in ('', '1') else ''}",
        motions=str(difference.motions),
        first=_number(difference.first, scale),
        second=_number(difference.second, scale),
        difference="–" if told is None else _signed(told * scale),
        bounds=_bounds(found, scale),
        verdict=found.verdict,
        meaning=measure.meaning,
    )


def value_of(measure: Measured, value: float | None) -> str:
    """A motion's value of a measure, with its unit."""
    if value is None:
        return "–"
    if measure.share:
        return "yes" if value else "no"
    scale, unit = _SHOWN.get(measure.unit, (1.0, measure.unit))
    return f"{_number(value, scale)} {unit if unit != '1' else ''}".strip()


def by_chance(compared: Sequence[Compared]) -> str:
    """How many of all verdicts would be there although nothing differs, in a sentence."""
    every = [each for part in compared for each in part.found if each.difference.motions]
    differ = sum(each.difference.shown for each in every)
    expected = (1 - CONFIDENCE) * len(every)
    return (
        f"{differ} of {len(every)} comparisons show a difference; about {expected:.0f} would if "
        "nothing differed, as each is sure to 95 % only by itself"
    )


def change_line(change: Change, measure: Measured) -> str:
    """What became of one motion, in one line."""
    title = f" ({change.title})" if change.title and change.title != change.motion else ""
    cause = f", {change.cause}" if change.cause and measure.share else ""
    one, two = (value_of(measure, value) for value in (change.first, change.second))
    said = "" if measure.share else f": {one} → {two}"
    return f"{change.motion}{title}{said}{cause}"


def _bounds(found: Found, scale: float) -> str:
    difference = found.difference
    if difference.p is not None:
        return f"p = {difference.p:.3f}" if difference.p >= 0.001 else "p < 0.001"
    if difference.low is None or difference.high is None:
        return difference.method or "–"
    return f"[{_signed(difference.low * scale)}, {_signed(difference.high * scale)}]"


def _number(value: float | None, scale: float) -> str:
    return "–" if value is None else f"{value * scale:.4g}"


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+.3g}"

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
    scale, unit = scale_of(measure)
    told = difference.difference
    return Line(
        split=found.split,
        subset=found.subset,
        measure=measure.name.replace("_", " ") + (f", {unit}" if unit else ""),
        motions=str(difference.motions),
        first=number_text(difference.first, scale),
        second=number_text(difference.second, scale),
        difference="–" if told is None else signed_text(told * scale),
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
    scale, unit = scale_of(measure)
    return f"{number_text(value, scale)} {unit}".strip()


def scale_of(measure: Measured) -> tuple[float, str]:
    """What a measure's values are multiplied by for people, and the unit that they then have."""
    scale, unit = _SHOWN.get(measure.unit, (1.0, measure.unit))
    return scale, "" if unit == "1" else unit


def number_text(value: float | None, scale: float) -> str:
    """A number of four digits; a dash where there is none."""
    return "–" if value is None else f"{value * scale:.4g}"


def signed_text(value: float) -> str:
    """A difference of three digits with its sign."""
    return "0" if value == 0 else f"{value:+.3g}"


def interval_text(
    low: float | None, high: float | None, scale: float, *, signed: bool = True
) -> str:
    """An interval in brackets; empty where there is none."""
    if low is None or high is None:
        return ""
    if signed:
        return f"[{signed_text(low * scale)}, {signed_text(high * scale)}]"
    return f"[{number_text(low, scale)}, {number_text(high, scale)}]"


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
    return interval_text(difference.low, difference.high, scale) or difference.method or "–"

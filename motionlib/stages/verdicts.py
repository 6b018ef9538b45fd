"""Fates of clips: bounds on measures, the verdict of each, and what becomes of the clip."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from motionlib.errors import MotionError
from motionlib.measure import Measure

Fate = Literal["accepted", "flagged", "rejected"]
"""What becomes of a clip."""
ACCEPTED: Fate = "accepted"
FLAGGED: Fate = "flagged"
"""Kept like an accepted one, and told: people should look at it."""
REJECTED: Fate = "rejected"
FATES: tuple[Fate, ...] = (ACCEPTED, FLAGGED, REJECTED)
"""From good to bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Upper bounds on one measure; what lies between is kept and flagged."""

    accept: float
    reject: float = math.inf
    """Infinity: flagged at worst."""

    def __post_init__(self) -> None:
        if not self.accept <= self.reject:
            raise ValueError(
                f"accept is {self.accept:g}, expected at most reject, which is {self.reject:g}"
            )

    @classmethod
    def from_number(cls, value: float) -> "Bound":
        """Both bounds at one value: nothing is flagged. A number in a recipe means this."""
        return cls(accept=value, reject=value)


at_most = Bound.from_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One measure against its gate, or what stopped a clip before there were measures."""

    gate: str
    """Name of the measure, or of what stopped the clip: books count it under this."""
    fate: Fate
    reason: str = ""
    """For people; empty if it is accepted."""
    value: float | None = None
    """None where nothing was measured."""
    threshold: float | None = None
    """The bound that was passed; else the one up to which a clip is accepted."""
    frame: int | None = None
    """The clip's at its worst; the source's where a clip could not be made."""


def bounds_of(gates: Any) -> dict[str, Bound]:
    """Measure to bound, of all fields of a dataclass of gates that are one."""
    values = ((field.name, getattr(gates, field.name)) for field in fields(gates))
    return {name: value for name, value in values if isinstance(value, Bound)}


def judge_measures(
    values: Mapping[str, object],
    bounds: Mapping[str, Bound],
    table: Iterable[Measure],
    *,
    whose: str = "",
) -> Iterator[Verdict]:
    """The verdict of every bound, in the table's order; a value that is not finite rejects.

    Args:
        values: Measures of a clip, or a row of a table.
        bounds: By name of the measure.
        table: What the measures are.
        whose: Name of the clip, for the error.

    Raises:
        MotionError: A bound is finite, and what it bounds was not measured.
    """
    for measure in table:
        if bound := bounds.get(measure.name):
            yield _verdict(measure, values, bound, whose)


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts against a clip, those that reject before those that flag."""
    against = [verdict for verdict in verdicts if verdict.fate != ACCEPTED]
    return sorted(against, key=lambda verdict: -FATES.index(verdict.fate))


def fate_of(against: Sequence[Verdict]) -> Fate:
    """The fate of a clip: that of its worst verdict.

    Args:
        against: Of `worst_first`.
    """
    return against[0].fate if against else ACCEPTED


def fate_columns(against: Sequence[Verdict]) -> dict[str, object]:
    """Columns `fate reason gate value threshold frame` of a clip in a table.

    Args:
        against: Of `worst_first`: all reasons are told, the other columns are those of the first.
    """
    worst = against[0] if against else Verdict(gate="", fate=ACCEPTED)
    return {
        "fate": worst.fate,
        "reason": "; ".join(each.reason for each in against),
        "gate": worst.gate,
        "value": worst.value,
        "threshold": worst.threshold,
        "frame": worst.frame,
    }


def is_kept(row: Mapping[str, object]) -> bool:
    """Whether a row's clip goes on: it is accepted, or flagged."""
    return row["fate"] in (ACCEPTED, FLAGGED)


def _verdict(measure: Measure, values: Mapping[str, object], bound: Bound, whose: str) -> Verdict:
    name = measure.name
    if (found := values.get(name)) is None:
        if math.isfinite(bound.accept):
            raise MotionError(
                f"{whose or 'clip'}: gate {name} is {bound.accept:g}, but it was not measured; "
                "switch the measure on in the settings or make the gate .inf"
            )
        return Verdict(gate=name, fate=ACCEPTED, threshold=bound.accept)
    value, frame = float(str(found)), measure.worst_frame(values)
    at = "" if frame is None else f" at frame {frame}"
    size = abs(value) if measure.signed else value
    fate, limit, reason = ACCEPTED, bound.accept, ""
    if not math.isfinite(value):
        fate, limit, reason = REJECTED, bound.reject, f"{name} is {value}{at}"
    elif size > bound.accept:
        fate = REJECTED if size > bound.reject else FLAGGED
        limit = bound.reject if fate == REJECTED else bound.accept
        say = measure.said
        reason = say(value, limit, frame) if say else f"{name} {value:.4g} > {limit:.4g}{at}"
    return Verdict(gate=name, fate=fate, reason=reason, value=value, threshold=limit, frame=frame)

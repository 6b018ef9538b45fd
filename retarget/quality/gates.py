"""Gates for retargeted clips: what is accepted, kept and flagged, or rejected, and why."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from retarget.quality.flags import flags_of

Fate = Literal["accepted", "flagged", "rejected"]
ACCEPTED: Fate = "accepted"
FLAGGED: Fate = "flagged"
"""Kept, and told."""
REJECTED: Fate = "rejected"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetGates:
    """What a retargeted clip must meet; fields are named as the measures, in their units."""

    keypoint_error_mean_cm: Bound = field(default_factory=lambda: Bound(accept=2.0, reject=4.0))
    keypoint_error_p95_cm: Bound = field(default_factory=lambda: Bound(accept=5.0, reject=9.0))
    skate_mean_cm_s: Bound = field(default_factory=lambda: Bound(accept=1.0, reject=3.0))
    skate_over_10_share: Bound = field(default_factory=lambda: Bound(accept=0.01, reject=0.08))
    """Share of stance over 10 cm/s."""
    penetration_max_mm: Bound = field(default_factory=lambda: Bound(accept=12.0, reject=30.0))
    limit_excess_max_rad: Bound = field(default_factory=lambda: Bound(accept=1e-4, reject=1e-4))
    """None is allowed; forgives the rounding of float32."""
    speed_ratio_max: Bound = field(default_factory=lambda: Bound(accept=1.0, reject=1.5))
    """Of the motor's speed."""
    jump_share: Bound = field(default_factory=lambda: Bound(accept=0.005, reject=0.02))
    """Of all frames. A single one flags a clip, however short, and does not reject it."""
    self_collision_share: Bound = field(default_factory=lambda: Bound(accept=0.05))
    floating_p95_mm: Bound = field(default_factory=lambda: Bound(accept=30.0))
    root_height: float = 1.3
    """Flagged where the root is higher half the time than so many root heights of the standing
    robot: a human of another scale, or one that hangs in the air."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a clip."""

    fate: Fate
    reasons: tuple[str, ...] = ()
    """For people: measure, value, threshold, frame. What rejects comes first."""
    measures: tuple[str, ...] = ()
    """Name of the measure, or of the flag, of each reason: the page of the books."""


BOUNDED: tuple[str, ...] = tuple(
    each.name for each in fields(RetargetGates) if each.type in (Bound, "Bound")
)
"""Measures with a `Bound`."""
_FRAME_OF = {
    "keypoint_error": "keypoint_error_frame",
    "skate": "skate_frame",
    "penetration": "penetration_frame",
    "limit": "limit_excess_frame",
    "speed": "speed_ratio_frame",
    "jump": "jump_frame",
    "self_collision": "self_collision_frame",
    "floating": "floating_frame",
    "orientation": "orientation_error_frame",
    "jerk": "jerk_frame",
    "stance_travel": "stance_travel_max_frame",
    "path_moved": "path_moved_frame",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reason:
    fate: Fate
    measure: str
    text: str


def judge_retargeted(measures: Mapping[str, object], gates: RetargetGates) -> Verdict:
    """What becomes of a clip with these measures.

    A bounded measure that is not finite rejects.

    Args:
        measures: Of `quality.measure_retargeted`, or a row of the table.
        gates: The thresholds.

    Raises:
        KeyError: A measure with a gate is missing.
    """
    reasons = [*_bounds(measures, gates), *_flags(measures, gates)]
    reasons.sort(key=lambda reason: reason.fate != REJECTED)
    return Verdict(
        fate=reasons[0].fate if reasons else ACCEPTED,
        reasons=tuple(reason.text for reason in reasons),
        measures=tuple(reason.measure for reason in reasons),
    )


def frame_of(measure: str, measures: Mapping[str, object]) -> int | None:
    """Frame of the worst value of a measure, where it has one."""
    for prefix, column in _FRAME_OF.items():
        if measure.startswith(prefix):
            frame = measures.get(column)
            return None if frame is None else int(_number(frame))
    return None


def _bounds(measures: Mapping[str, object], gates: RetargetGates) -> Iterator[_Reason]:
    for name in BOUNDED:
        bound, value = getattr(gates, name), _number(measures[name])
        if not math.isfinite(value):
            yield _Reason(fate=REJECTED, measure=name, text=f"{name} is {value}")
            continue
        if value > bound.accept:
            rejects = value > bound.reject and not _is_one_jump(name, value, measures)
            limit = bound.reject if rejects else bound.accept
            text = f"{name} {value:.4g} > {limit:.4g}{_at(name, measures)}"
            yield _Reason(fate=REJECTED if rejects else FLAGGED, measure=name, text=text)


def _is_one_jump(name: str, value: float, measures: Mapping[str, object]) -> bool:
    return name == "jump_share" and round(value * _number(measures["frames"])) <= 1


def _flags(measures: Mapping[str, object], gates: RetargetGates) -> Iterator[_Reason]:
    for measure, text in flags_of(measures):
        yield _Reason(fate=FLAGGED, measure=measure, text=text)
    height = _number(measures["root_height"])
    if height > gates.root_height:
        text = f"root_height {height:.4g} > {gates.root_height:g}: unusual scale, or in the air"
        yield _Reason(fate=FLAGGED, measure="root_height", text=text)


def _at(name: str, measures: Mapping[str, object]) -> str:
    frame = frame_of(name, measures)
    return "" if frame is None else f" at frame {frame}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float(str(value))

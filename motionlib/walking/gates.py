"""Quality gates: the bounds a motion must meet, and the reasons why one does not."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Upper bounds on the measures of one motion; fields are named as in `MotionQuality`."""

    foot_slide_mean: float = 0.02
    """m/s, horizontal sole speed over stance frames."""
    penetration_max: float = 0.005
    """m, depth of the lowest sole corner under the ground."""
    limit_excess_max: float = 1e-4
    """rad beyond a joint limit; the default forgives the rounding of float32."""
    jump_frames: float = 0.0
    """Frames with a velocity spike."""
    speed_ratio_max: float = math.inf
    """Fastest joint over its motor's speed limit."""


def reasons_against(measures: Mapping[str, object], gates: Gates) -> tuple[str, ...]:
    """Why a motion with these measures is rejected; empty when it is accepted.

    A measure that is not finite is a reason too.

    Args:
        measures: A row of the quality table.
        gates: The bounds.

    Raises:
        KeyError: A gate has no measure of its name.
    """
    reasons = []
    for field in fields(gates):
        bound, found = getattr(gates, field.name), float(str(measures[field.name]))
        if not math.isfinite(found):
            reasons.append(f"{field.name} is {found}")
        elif found > bound:
            reasons.append(f"{field.name} {found:.4g} > {bound:.4g}")
    return tuple(reasons)

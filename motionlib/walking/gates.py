"""Gates for walking references: the bounds that a clip must meet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from motionlib.stages.verdicts import (
    Bound,
    Verdict,
    at_most,
    bounds_of,
    judge_measures,
    worst_first,
)
from motionlib.walking.measure_table import WALKING_MEASURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What a walking reference must meet: bounds on measures, in their units, and why there.

    A number is both bounds at once; infinity switches a gate off.
    """

    foot_slide_mean: Bound = at_most(0.02)
    """A tracker that follows a foot which slides learns to slide."""
    penetration_max: Bound = at_most(0.005)
    """A simulator throws out what starts deeper in the ground."""
    limit_excess_max: Bound = at_most(1e-4)
    """None is allowed; forgives the rounding of float32."""
    jump_frames: Bound = at_most(0.0)
    """A sampled curve has no jumps."""
    speed_ratio_max: Bound = at_most(math.inf)
    """Off: not every motor states its speed."""


def judge_reference(measures: Mapping[str, object], gates: Gates) -> list[Verdict]:
    """What speaks against a clip with these measures, the worst first; nothing if it is accepted.

    Args:
        measures: A row of the quality table.
        gates: The bounds.

    Raises:
        MotionError: A measure with a finite bound is missing.
    """
    return worst_first(judge_measures(measures, bounds_of(gates), WALKING_MEASURES))

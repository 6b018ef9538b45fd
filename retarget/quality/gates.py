"""Gates for retargeted clips: what is accepted, kept and flagged, or rejected, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from motionlib.stages.verdicts import Bound, Verdict, bounds_of, judge_measures, worst_first
from retarget.quality.flags import flags_of
from retarget.quality.measure_table import LIMB_MEASURES, ROBOT_MEASURES

UNSOLVED = "not_retargeted"
"""Gate of clips without a result, where nobody said more."""
_JUMP = "jump_share"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetGates:
    """What a retargeted clip must meet: bounds on measures, in their units, and why they lie there.

    A number is both bounds at once; infinity switches a gate off.
    """

    keypoint_error_mean_cm: Bound = Bound(accept=2.0, reject=4.0)
    keypoint_error_p95_cm: Bound = Bound(accept=5.0, reject=9.0)
    leg_off_deg: Bound = Bound(accept=25.0, reject=45.0)
    """Limbs of right pairs are 2° to 11° off, legs of birds up to 18°; an upper arm for which a
    forearm was taken is 20° to 80° off wherever arms do not just hang."""
    thigh_off_deg: Bound = Bound(accept=20.0, reject=40.0)
    shank_off_deg: Bound = Bound(accept=20.0, reject=40.0)
    upper_arm_off_deg: Bound = Bound(accept=20.0, reject=40.0)
    forearm_off_deg: Bound = Bound(accept=20.0, reject=40.0)
    trunk_off_deg: Bound = Bound(accept=20.0, reject=40.0)
    skate_mean_cm_s: Bound = Bound(accept=1.0, reject=3.0)
    skate_over_10_share: Bound = Bound(accept=0.01, reject=0.08)
    penetration_max_mm: Bound = Bound(accept=12.0, reject=30.0)
    limit_excess_max_rad: Bound = Bound(accept=1e-3, reject=1e-2)
    """None is asked for; a joint's zero is known to half a degree at best, and float32 rounds."""
    speed_ratio_max: Bound = Bound(accept=1.1, reject=1.5)
    """A motor's stated speed has a margin of a tenth; beyond it a tracker is somewhat late."""
    jump_share: Bound = Bound(accept=0.005, reject=0.02)
    """A single one flags a clip, however short, and does not reject it."""
    self_collision_share: Bound = Bound(accept=0.05)
    floating_p95_mm: Bound = Bound(accept=30.0)
    hover_s_max: Bound = Bound(accept=1.0)
    """A jump of 1.2 m lasts as long: whatever carried the human is not in the clip."""
    root_height: Bound = Bound(accept=1.3)
    """A human of another scale, or one that hangs in the air: people should look at it."""


BOUNDED: tuple[str, ...] = tuple(n for n in bounds_of(RetargetGates()) if n not in LIMB_MEASURES)
"""Measures with a gate that every robot has."""


def judge_retargeted(measures: Mapping[str, object], gates: RetargetGates) -> list[Verdict]:
    """What speaks against a clip with these measures, the worst first; nothing if it is accepted.

    Args:
        measures: Of `measures.measure_retargeted`, or a row of the table.
        gates: The bounds.

    Raises:
        MotionError: A measure with a gate is missing.
    """
    bounds = bounds_of(gates)
    for limb in LIMB_MEASURES:
        if measures.get(limb) is None:  # the robot has none, or nobody knows the human's
            del bounds[limb]
    if frames := measures.get("frames"):
        # between one jump and two
        jumps, one = bounds[_JUMP], 1.5 / float(str(frames))
        bounds[_JUMP] = replace(jumps, reject=max(jumps.reject, one))
    return worst_first([*judge_measures(measures, bounds, ROBOT_MEASURES), *flags_of(measures)])


def frame_of(measure: str, values: Mapping[str, object]) -> int | None:
    """Frame of the worst value of a measure; None where it has none, or is no measure.

    Args:
        measure: Its name.
        values: Measures of a clip, or a row of the table.
    """
    return next((m.worst_frame(values) for m in ROBOT_MEASURES if m.name == measure), None)

"""What is odd about a source, told by what it asks of the robot: reasons to look at the clip."""

from collections.abc import Mapping

import numpy as np

from motionlib.clips.result import Measure
from retarget.targets import Goal

_FLOOR = 0.1
"""m: a floor further from zero was somebody's mistake, and not a thick sole."""
_STANCE_TRAVEL = 0.3
"""m, longer than a robot's foot: whoever moves so far does not stand."""


def measure_goal(goal: Goal) -> dict[str, Measure]:
    """Measures of the source: its floor, how long it stands, and how far it moves while it does."""
    travel, frame = _stance_travel(goal)
    return {
        "ground_height": float(goal.ground),
        "contact_share": float(goal.contact.any((1, 2)).mean()),
        "stance_travel_max": travel,
        "stance_travel_max_frame": frame,
    }


def flags_of(measures: Mapping[str, Measure]) -> tuple[str, ...]:
    """Reasons to flag a clip, for people; empty if its source is as one expects.

    Args:
        measures: Of `measure_goal`.
    """
    ground, share = float(measures["ground_height"]), float(measures["contact_share"])
    travel, frame = float(measures["stance_travel_max"]), int(measures["stance_travel_max_frame"])
    reasons = []
    if abs(ground) > _FLOOR:
        reasons.append(f"the floor lay at {ground:.2f} m and was moved to 0")
    if share == 0.0:
        reasons.append("no foot ever touches the ground")
    if travel > _STANCE_TRAVEL:
        reasons.append(
            f"a foot moves {travel:.2f} m while it is labelled as standing, from frame {frame}"
        )
    return tuple(reasons)


def _stance_travel(goal: Goal) -> tuple[float, int]:
    """How far a sole point goes in one stretch of contact at most, m, and where that begins."""
    worst, at = 0.0, 0
    for foot, end in np.ndindex(goal.contact.shape[1:]):
        edges = np.diff(np.pad(goal.contact[:, foot, end].astype(np.int8), 1))
        for start, stop in np.flatnonzero(edges).reshape(-1, 2):
            travel = float(np.hypot(*np.ptp(goal.soles[start:stop, foot, end, :2], axis=0)))
            if travel > worst:
                worst, at = travel, int(start)
    return worst, at

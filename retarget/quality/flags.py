"""What is odd about a source, told by what it asks of the robot: reasons to look at the clip."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from motionlib.stages.verdicts import FLAGGED, Bound, Verdict, judge_measures, worst_first
from retarget.quality.measure_table import ROBOT_MEASURES

if TYPE_CHECKING:
    from retarget.targets import Goal

ODD: Mapping[str, Bound] = {
    # a floor further from zero was somebody's mistake, and not a thick sole
    "ground_height": Bound(accept=0.1),
    # longer than a robot's foot: whoever moves so far does not stand
    "stance_travel_max": Bound(accept=0.3),
    # more is not a foot that slides, but another floor, or labels that are wrong
    "path_moved_max_cm": Bound(accept=30.0),
}
"""Measures of the source that flag a clip beyond these bounds, whatever the gates are."""

LEAST_CONTACT = 0.05
"""Share of frames in which a foot has to touch the ground: of jumpers it is over a third."""


def measure_goal(goal: "Goal") -> dict[str, float | int]:
    """Measures of the source: its floor, how long it stands, and how far it moves while it does."""
    travel, frame = _stance_travel(goal)
    return {
        "ground_height": float(goal.ground),
        "contact_share": float(goal.contact.any((1, 2)).mean()),
        "stance_travel_max": travel,
        "stance_travel_max_frame": frame,
    }


def flags_of(measures: Mapping[str, object]) -> Iterator[Verdict]:
    """What is odd; nothing if the source is as one expects.

    Args:
        measures: Of `measure_goal` and `measure_retargeted`; what is missing gives no flag.
    """
    known = {name: bound for name, bound in ODD.items() if measures.get(name) is not None}
    yield from worst_first(judge_measures(measures, known, ROBOT_MEASURES))
    share = measures.get("contact_share")
    if share is not None and float(str(share)) < LEAST_CONTACT:
        value = float(str(share))
        few = f"a foot touches the ground in only {value:.1%} of the frames"
        yield Verdict(
            gate="contact_share",
            fate=FLAGGED,
            reason=few if value else "no foot ever touches the ground",
            value=value,
            threshold=LEAST_CONTACT,
        )


def _stance_travel(goal: "Goal") -> tuple[float, int]:
    """How far a sole point goes in one stretch of contact at most, m, and where that begins.

    On the source's own path, whatever targets were moved by.
    """
    worst, at = 0.0, 0
    soles = goal.soles - goal.moved[:, None, None]
    for foot, end in np.ndindex(goal.contact.shape[1:]):
        edges = np.diff(np.pad(goal.contact[:, foot, end].astype(np.int8), 1))
        for start, stop in np.flatnonzero(edges).reshape(-1, 2):
            travel = float(np.hypot(*np.ptp(soles[start:stop, foot, end, :2], axis=0)))
            if travel > worst:
                worst, at = travel, int(start)
    return worst, at

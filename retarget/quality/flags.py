"""What is odd about a source, told by what it asks of the robot: reasons to look at the clip."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retarget.targets import Goal

_FLOOR = 0.1
"""m: a floor further from zero was somebody's mistake, and not a thick sole."""
_STANCE_TRAVEL = 0.3
"""m, longer than a robot's foot: whoever moves so far does not stand."""
_PATH_MOVED = 30.0
"""cm: more is not a foot that slides, but another floor, or labels that are wrong."""


def measure_goal(goal: "Goal") -> dict[str, float | int]:
    """Measures of the source: its floor, how long it stands, and how far it moves while it does."""
    travel, frame = _stance_travel(goal)
    return {
        "ground_height": float(goal.ground),
        "contact_share": float(goal.contact.any((1, 2)).mean()),
        "stance_travel_max": travel,
        "stance_travel_max_frame": frame,
    }


def flags_of(measures: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Measure and reason of each flag, for people; nothing if the source is as one expects.

    Args:
        measures: Of `measure_goal` and `quality`; what is missing gives no flag.
    """
    ground, share, travel, moved = (
        float(str(measures.get(name, usual)))
        for name, usual in (
            ("ground_height", 0.0),
            ("contact_share", 1.0),
            ("stance_travel_max", 0.0),
            ("path_moved_max_cm", 0.0),
        )
    )
    if abs(ground) > _FLOOR:
        yield "ground_height", f"the floor lay at {ground:.2f} m and was moved to 0"
    if share == 0.0:
        yield "contact_share", "no foot ever touches the ground"
    if travel > _STANCE_TRAVEL:
        frame = measures.get("stance_travel_max_frame")
        yield (
            "stance_travel_max",
            f"a foot moves {travel:.2f} m while it is labelled as standing, from frame {frame}",
        )
    if moved > _PATH_MOVED:
        frame = measures.get("path_moved_frame")
        yield (
            "path_moved_max_cm",
            f"targets were moved by {moved:.0f} cm at frame {frame} so that feet stand on the ground",
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

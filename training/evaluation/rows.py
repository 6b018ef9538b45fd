"""One motion's row of the per-motion table."""

from collections.abc import Mapping
from typing import Any

from motionlib.library import MotionLib
from training.evaluation.tables import MEASURES
from training.evaluation.verdicts import Verdict

_STANDING_COMMAND = 0.01
"""m/s or rad/s under which a walking command means standing (the MicroDuck guide's bound)."""


def motion_row(
    lib: MotionLib,
    motion: int,
    *,
    controller: str,
    verdict: Verdict | None,
    measured: Mapping[str, float | None],
    evaluated_frames: int,
    moving_speed: float,
) -> dict[str, Any]:
    """Columns of `tables.COLUMNS` for one motion.

    Args:
        lib: At the control rate.
        motion: Index in `lib`.
        controller: Name of what drove the robot.
        verdict: None for a motion too short to be judged.
        measured: Measures by column; what is absent is null.
        evaluated_frames: Frames that were really measured, the first included.
        moving_speed: m/s, mean body speed from which an uncommanded motion counts as moving.
    """
    frames, fps = int(lib.num_frames[motion]), float(lib.fps[motion])
    seconds = (frames - 1) / fps
    row = {
        "motion_name": lib.names[motion],
        "source": lib.provenances[motion].source,
        "controller": controller,
        "weight": float(lib.weights[motion]),
        "moving": is_moving(lib, motion, moving_speed=moving_speed),
        "frames": frames,
        "seconds": seconds,
        "evaluated_frames": evaluated_frames,
        "evaluated_seconds": (evaluated_frames - 1) / fps,
        **dict.fromkeys(("success", "survived", "survived_s", "failure_s", "failure_cause")),
        **{name: measured.get(name) for name in MEASURES},
    }
    if verdict is not None:
        down, failed = verdict.down_frame, verdict.failure_frame
        row["success"] = failed is None
        row["survived"] = down is None
        row["survived_s"] = seconds if down is None else down / fps
        row["failure_s"] = None if failed is None else failed / fps
        row["failure_cause"] = verdict.failure_cause
    return row


def is_moving(lib: MotionLib, motion: int, *, moving_speed: float) -> bool:
    """Whether a reference asks for movement: by its command if it states one, else by its speed.

    Args:
        lib: The library.
        motion: Index in it.
        moving_speed: m/s, mean speed of tracked bodies.
    """
    command = lib.provenances[motion].command
    if command is not None:
        return any(abs(part) >= _STANDING_COMMAND for part in command)
    start = int(lib.starts[motion])
    bodies = [lib.robot.body_names.index(name) for name in lib.robot.tracked_bodies]
    velocities = lib.states.body_lin_vel[start : start + int(lib.num_frames[motion])]
    return float(velocities[:, bodies].norm(dim=-1).mean()) >= moving_speed

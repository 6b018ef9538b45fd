"""Quality of a retargeted clip by its joints alone: limits, speeds, jumps, jerk."""

import math

import numpy as np

from motionlib.exponential_map import continuous_dofs
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.velocities import dof_velocity
from retarget.pairs.pair import Pair
from retarget.quality.robot import MeasuredRobot

Measures = dict[str, float | int]

LIMIT_TOLERANCE = 1e-4
"""rad beyond a limit that do not count as a frame: rounding of float32."""
JUMP = 0.1
"""rad: smaller steps are no jump."""


def limit_measures(limits: np.ndarray, dofs: np.ndarray) -> Measures:
    """Frames with a joint beyond its limits, and by how much; (D, 2) and (T, D) rad."""
    excess = np.maximum(limits[:, 0] - dofs, dofs - limits[:, 1]).max(-1)
    return {
        "limit_frames": int((excess > LIMIT_TOLERANCE).sum()),
        "limit_excess_max_rad": max(float(excess.max()), 0.0),
        "limit_excess_frame": int(excess.argmax()),
    }


def speed_measures(known: MeasuredRobot, motion: Motion) -> Measures:
    """Joints against their motors' speeds, by central differences."""
    dofs = motion.dof_pos.double()
    speed = dof_velocity(motion.robot, dofs, motion.fps, "central").abs_().numpy()
    ratio = (speed / known.speed_limits).max(-1)
    return {
        "speed_frames": int((ratio > 1.0).sum()),
        "speed_ratio_max": float(ratio.max()),
        "speed_ratio_frame": int(ratio.argmax()),
    }


def jump_measures(dofs: np.ndarray) -> Measures:
    """Share of frames of (T, D) rad that are reached by a jump; of short clips nothing is known."""
    if len(dofs) < 4:
        return {"jump_share": 0.0, "jump_frame": 0}
    steps = np.abs(np.diff(dofs, axis=0))
    neighbours = np.concatenate((steps[1:2], steps[:-1]))
    np.maximum(neighbours, np.concatenate((steps[1:], steps[-2:-1])), out=neighbours)
    jumps = np.where((steps > 3.0 * neighbours) & (steps > JUMP), steps, 0.0).max(-1)
    frame = int(jumps.argmax()) + 1 if jumps.any() else 0
    return {"jump_share": float((jumps > 0.0).sum()) / len(dofs), "jump_frame": frame}


def jerk_measures(motion: Motion, source: Motion | None, pair: Pair) -> Measures:
    """Mean jerk of the joints, and over that of the source's joints that carry a keypoint's body."""
    jerk = _jerk(continuous(motion), motion.fps)
    ratio = math.nan
    if source is not None and len(jerk):
        base = _jerk(continuous(source, _driving_dofs(source.robot, pair)), source.fps)
        if base.size and (mean := float(base.mean())) > 0.0:
            ratio = float(jerk.mean()) / mean
    return {
        "jerk_mean": float(jerk.mean()) if len(jerk) else 0.0,
        "jerk_frame": int(jerk.mean(-1).argmax()) + 1 if len(jerk) else 0,
        "jerk_ratio": ratio,
    }


def continuous(motion: Motion, chosen: np.ndarray | None = None) -> np.ndarray:
    """(T, D) rad, float64, without the turn of a rotation vector that passes half a turn.

    Of the chosen dofs, whole joints, where they are given.
    """
    dofs = motion.dof_pos.double()
    if chosen is not None:
        dofs = dofs[:, chosen]
    return continuous_dofs(motion.robot, dofs).numpy()


def _jerk(dofs: np.ndarray, fps: float) -> np.ndarray:
    """(T - 3, D) rad/s³; empty for shorter clips."""
    if len(dofs) < 4:
        return np.zeros((0, dofs.shape[1]))
    jerk = np.diff(dofs, 3, axis=0)
    return np.abs(jerk, out=jerk) * fps**3


def _driving_dofs(source: Robot, pair: Pair) -> np.ndarray:
    """(D,) bool: dofs of bodies that keypoints take their rotation from."""
    bodies = {source.body_names.index(point.source) for point in pair.keypoints}
    return np.isin(source.dof_bodies, list(bodies))

"""How much of a motion can be true, measured on the poses of one clip; no torch is needed."""

import math
from collections.abc import Mapping

import numpy as np

from motionlib.robot import Robot
from motionlib.sideways import sideways_stand_s

_HELD_S = 0.1
"""s that a speed or a depth has to last: one frame that jumps is another fault."""
_MOVING = 0.05
"""rad/s; slower joints say nothing about a rate."""
_ALIKE = 0.9
"""Correlation from which stated velocities are those of this motion at some rate."""
_HALF_TURN = np.pi
TILTED = 0.8
"""rad of `root_tilt_median` from which it is worth asking whether a body stands sideways."""
_ANKLE = 0.15
"""m: the origin of no robot's lowest body is higher above its sole."""


def clip_values(
    robot: Robot,
    fps: float,
    *,
    root_quat_wxyz: np.ndarray,
    dof_pos: np.ndarray,
    body_pos: np.ndarray,
    foot_quats: np.ndarray | None = None,
    dof_vel: np.ndarray | None = None,
) -> dict[str, float]:
    """Every measure of `PLAUSIBILITIES` that can be taken of a clip, by name.

    Args:
        robot: Whose clip it is.
        fps: Frames a second.
        root_quat_wxyz: (T, 4) unit.
        dof_pos: (T, D) rad.
        body_pos: (T, B, 3) m, world, root first.
        foot_quats: (T, F, 4) unit wxyz, world, in the order of `robot.soles`; None where its height
            above the ground is not final.
        dof_vel: (T, D) rad/s, where velocities are stated.
    """
    values = {
        "limit_excess_median": median(_excess(robot, dof_pos).max(-1)),
        "root_height_ratio": median(body_pos[:, 0, 2]) / robot.default_root_height,
        "root_tilt_median": tilt_median(root_quat_wxyz),
    }
    if len(dof_pos) > 1:
        values["root_speed_held"] = held(speeds_of(body_pos[:, :1], fps), fps)
        speeds = joint_speeds(robot, dof_pos, fps)
        values["dof_speed_held"] = held(speeds, fps)
        if dof_vel is not None:
            stated = dof_vel.astype(float)
            if robot.dof_coordinates != "hinges":
                stated = np.linalg.norm(stated.reshape(len(stated), -1, 3), axis=-1)
            values["rate_ratio"] = rate_ratio(speeds, stated)
        values["sideways_stand_s"] = (
            sideways_stand_s(robot, fps, body_pos, root_quat_wxyz)
            if values["root_tilt_median"] > TILTED
            else 0.0
        )
    if foot_quats is not None and robot.soles:
        values |= _heights(robot, fps, body_pos, foot_quats)
    return values


def unnamed_values(
    fps: float, body_pos: np.ndarray, root_quat_wxyz: np.ndarray
) -> dict[str, float]:
    """What can be measured of a clip of an unknown robot; heights are at least as bad as told.

    Args:
        fps: Frames a second.
        body_pos: (T, B, 3) m, world, root first.
        root_quat_wxyz: (T, 4) unit.
    """
    lowest = body_pos[..., 2].min(-1)
    values = {
        "root_tilt_median": tilt_median(root_quat_wxyz),
        "sole_above_ground": max(float(lowest.min()) - _ANKLE, 0.0),
        "sole_below_ground": held(np.maximum(-lowest, 0.0)[:, None], fps),
    }
    if len(body_pos) > 1:
        values["root_speed_held"] = held(speeds_of(body_pos[:, :1], fps), fps)
    return values


def tilt_median(root_quat_wxyz: np.ndarray) -> float:
    """Median angle of the z axis of (T, 4) rotations from up, rad."""
    x, y = root_quat_wxyz[:, 1].astype(float), root_quat_wxyz[:, 2].astype(float)
    up = median(1.0 - 2.0 * (x * x + y * y))
    return math.acos(max(-1.0, min(up, 1.0)))


def median(values: np.ndarray) -> float:
    """Median of (T,) numbers; numpy's own takes ten times as long for a clip."""
    ordered = np.sort(values)
    return 0.5 * float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2])


def speeds_of(pos: np.ndarray, fps: float) -> np.ndarray:
    """(T - 1, N) m/s of (T, N, 3) m from frame to frame."""
    steps = np.diff(pos.astype(float), axis=0)
    return np.sqrt(np.einsum("tni,tni->tn", steps, steps)) * fps


def joint_speeds(robot: Robot, dof_pos: np.ndarray, fps: float) -> np.ndarray:
    """(T - 1, D) rad/s of hinges from frame to frame, signed; of rotation vectors (T - 1, J)."""
    if robot.dof_coordinates == "hinges":
        return np.diff(dof_pos.astype(float), axis=0) * fps
    vectors = dof_pos.reshape(len(dof_pos), -1, 3).astype(float)
    angles = np.sqrt(np.einsum("tji,tji->tj", vectors, vectors))
    # the cosine of half the angle between two rotations: cos cos + sin sin (axis · axis)
    scaled = vectors * (0.5 * np.sinc(angles / (2.0 * np.pi)))[..., None]
    cosines = np.cos(0.5 * angles)
    dots = cosines[:-1] * cosines[1:] + np.einsum("tji,tji->tj", scaled[:-1], scaled[1:])
    return 2.0 * np.arccos(np.minimum(np.abs(dots), 1.0)) * fps


def held(values: np.ndarray, fps: float) -> float:
    """Largest size of (T, N) numbers that lasts a tenth of a second."""
    window, sizes = held_window(len(values), fps), np.abs(values)
    least = sizes[: len(sizes) - window + 1].copy()
    for shift in range(1, window):
        np.minimum(least, sizes[shift : shift + len(least)], out=least)
    return float(least.max(initial=0.0))


def held_window(count: int, fps: float) -> int:
    """How many of `count` values make a tenth of a second; at least one, at most all."""
    return min(max(1, round(_HELD_S * fps)), count)


def rate_ratio(speeds: np.ndarray, stated: np.ndarray) -> float:
    """How many times too fast or too slow stated velocities are; 1 where they tell nothing.

    Args:
        speeds: (T - 1, D) rad/s from frame to frame, of at least two frames.
        stated: (T, D) rad/s.
    """
    # central differences, as far as forward ones give them
    inner = 0.5 * (speeds[:-1] + speeds[1:])
    followed = np.concatenate((speeds[:1], inner, speeds[-1:]))
    moving = np.abs(followed) > _MOVING
    a, b = followed[moving], stated[moving]
    if not len(a) or not b.any():
        return 1.0
    # not `a @ b`: BLAS wakes threads for it, which cost more than the rest together
    both, own, other = (float(np.einsum("i,i->", *pair)) for pair in ((a, b), (a, a), (b, b)))
    if both <= _ALIKE * math.sqrt(own * other):
        return 1.0
    # noise and a frame of delay pull the two estimates apart, a wrong rate moves both
    least, most = both / own, other / both
    return least if least > 1.0 else max(1.0 / most, 1.0)


def _excess(robot: Robot, dof_pos: np.ndarray) -> np.ndarray:
    """(T, D) rad beyond the limits of hinges, (T, J) beyond half a turn of rotation vectors."""
    if robot.dof_coordinates == "hinges":
        low, high = robot.dof_limits.T
        return np.maximum(np.maximum(low - dof_pos, dof_pos - high), 0.0)
    vectors = dof_pos.reshape(len(dof_pos), -1, 3)
    return np.maximum(np.sqrt(np.einsum("tji,tji->tj", vectors, vectors)) - _HALF_TURN, 0.0)


def _heights(
    robot: Robot, fps: float, body_pos: np.ndarray, foot_quats: np.ndarray
) -> Mapping[str, float]:
    feet = [robot.body_names.index(sole.body) for sole in robot.soles]
    corners = np.stack([sole.corners for sole in robot.soles])
    w, x, y, z = np.moveaxis(foot_quats.astype(float), -1, 0)
    upwards = np.stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)), -1)
    heights = body_pos[:, feet, 2, None] + np.einsum("tfi,fci->tfc", upwards, corners)
    soles = heights.reshape(len(heights), -1).min(-1)
    # of who lies with the feet up the root is low
    root = body_pos[:, 0, 2] - 0.2 * robot.default_root_height
    return {
        "sole_above_ground": max(min(float(soles.min()), float(root.min())), 0.0),
        "sole_below_ground": held(np.maximum(-soles, 0.0)[:, None], fps),
    }

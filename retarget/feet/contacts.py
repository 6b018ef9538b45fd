"""Ground contacts of a recording: heel and toe of each foot, with hysteresis, and its ground."""

import itertools

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.rotations import matrix_from_quat
from retarget.settings import ContactSettings


def sole_ends(robot: Robot) -> np.ndarray:
    """(F, 2, 3) m, foot frames: middle of the heel's and of the toe's edge of each sole."""
    return sole_corners(robot).mean(2)


def sole_corners(robot: Robot) -> np.ndarray:
    """(F, 2, 2, 3) m, foot frames: left and right corner of the heel's and of the toe's edge.

    Which edge is in front is told by the default pose, in which the robot looks along x.
    """
    dofs = torch.as_tensor(robot.default_dof_pos, dtype=torch.float64)
    root = torch.zeros(3, dtype=torch.float64), torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    quats = Kinematics(robot, dtype=torch.float64).forward(*root, dofs).body_quat_wxyz
    corners = []
    for sole in robot.soles:
        axes = matrix_from_quat(quats[robot.body_names.index(sole.body)]).numpy()
        order = np.argsort(sole.corners @ axes[0], kind="stable")
        edges = sole.corners[order].reshape(2, 2, 3)
        left = np.argsort(-(edges @ axes[1]), axis=-1, kind="stable")
        corners.append(np.take_along_axis(edges, left[:, :, None], axis=1))
    return np.array(corners, dtype=np.float64).reshape(-1, 2, 2, 3)


def sole_points(
    robot: Robot, body_pos: np.ndarray, body_rot: np.ndarray, *, ends: np.ndarray | None = None
) -> np.ndarray:
    """(T, F, 2, 3) m, world: heel and toe of every foot; `ends` saves finding them again."""
    feet = [robot.body_names.index(name) for name in robot.foot_bodies]
    turned = (sole_ends(robot) if ends is None else ends) @ body_rot[:, feet].swapaxes(-1, -2)
    return body_pos[:, feet, None] + turned


def ground_height(points: np.ndarray, fps: float) -> float:
    """Height of the floor that a recording stands on, m.

    The median over slow moments of the lowest sole point: a point that dips for a few frames does
    not lower the floor, and a jump does not raise it.

    Args:
        points: (T, F, 2, 3) m.
        fps: Frames a second.
    """
    lowest = points[..., 2].reshape(len(points), -1).min(-1)
    if len(points) < 3:
        return float(np.median(lowest))
    flat = points.reshape(len(points), -1, 3)
    speed = np.linalg.norm(np.gradient(flat, 1.0 / fps, axis=0), axis=-1)
    slow = speed[np.arange(len(flat)), flat[..., 2].argmin(-1)] < 0.3
    return float(np.median(lowest[slow])) if slow.sum() >= 3 else float(np.percentile(lowest, 10))


def label_points(
    points: np.ndarray, fps: float, settings: ContactSettings, *, ground: float = 0.0
) -> np.ndarray:
    """(T, F, 2) bool contacts of points (T, F, 2, 3) m, by speed and height with hysteresis.

    What a foot lifts over its other end by more than `tilt` counts twice: the end of a foot that
    is set down or pushed off slowly is not yet, or no longer, on the ground.
    """
    frames = len(points)
    if frames > 1:
        smooth = gaussian_filter1d(points, 0.02 * fps, axis=0, mode="nearest")
        speed = np.linalg.norm(np.gradient(smooth, 1.0 / fps, axis=0), axis=-1)
    else:
        speed = np.zeros(points.shape[:-1])
    height = points[..., 2] - ground
    height = height + np.maximum(height - height.min(-1, keepdims=True) - settings.tilt, 0.0)
    enter = (speed < settings.speed_in) & (height < settings.height_in)
    stay = (speed < settings.speed_out) & (height < settings.height_out)
    labels = np.zeros(enter.shape, dtype=bool)
    for foot, point in np.ndindex(enter.shape[1:]):
        column = _hysteresis(enter[:, foot, point], stay[:, foot, point])
        column = _without_runs(column, round(settings.fill_s * fps), value=False)
        labels[:, foot, point] = _without_runs(column, round(settings.drop_s * fps), value=True)
    return labels


def _runs(column: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop of each stretch of equal values."""
    edges = np.flatnonzero(np.diff(column.astype(np.int8))) + 1
    bounds = [0, *edges.tolist(), len(column)]
    return list(itertools.pairwise(bounds))


def _hysteresis(enter: np.ndarray, stay: np.ndarray) -> np.ndarray:
    """Stretches of `stay` that hold a frame of `enter`: no direction of time is preferred."""
    kept = np.zeros(len(stay), dtype=bool)
    for start, stop in _runs(stay):
        if stay[start] and enter[start:stop].any():
            kept[start:stop] = True
    return kept


def _without_runs(column: np.ndarray, longest: int, *, value: bool) -> np.ndarray:
    """Runs of `value` of at most `longest` frames turned over, except at the ends."""
    turned = column.copy()
    for start, stop in _runs(column):
        inner = start > 0 and stop < len(column)
        if column[start] == value and inner and stop - start <= longest:
            turned[start:stop] = not value
    return turned

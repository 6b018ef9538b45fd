"""Soles as heel and toe, and the floor that they stand on."""

import numpy as np
import torch

from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.rotations import matrix_from_quat


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

"""A robot's tree and poses, as roles and matching poses are told from them."""

import numpy as np
import torch

from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.rotations import matrix_from_quat

ALONG = 0.7
"""Cosine: a joint whose axis is nearer to a line than this turns about it."""


def world_poses(
    robot: Robot, root_pos: torch.Tensor, root_quat_wxyz: torch.Tensor, dof_pos: torch.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """(T, B, 3) m and (T, B, 3, 3) of a clip's bodies, float64."""
    kinematics = Kinematics(robot, dtype=torch.float64)
    poses = kinematics.forward(root_pos.double(), root_quat_wxyz.double(), dof_pos.double())
    return poses.body_pos.numpy(), matrix_from_quat(poses.body_quat_wxyz).numpy()


def standing(robot: Robot, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, B, 3) m and (N, B, 3, 3) of bodies about an upright root, for joints (N, D) rad."""
    count = len(angles)
    quats = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(count, 1)
    return world_poses(robot, torch.zeros(count, 3), quats, torch.as_tensor(angles))


def chain_to(robot: Robot, body: int) -> list[int]:
    """Bodies from the root to a body, both included."""
    chain = [body]
    while chain[-1] > 0:
        chain.append(int(robot.parents[chain[-1]]))
    return chain[::-1]


def dofs_of(robot: Robot, bodies: list[int]) -> list[int]:
    """Dofs of some bodies, rising."""
    return np.flatnonzero(np.isin(robot.dof_bodies, bodies)).tolist()


def bends_forwards(robot: Robot, body: int, rot: np.ndarray) -> bool:
    """Whether a joint of a body turns about y, as hips, knees and ankles do when one walks."""
    axes = robot.dof_axes[dofs_of(robot, [body])] @ rot[body].T
    return bool((np.abs(axes[:, 1]) > ALONG).any())

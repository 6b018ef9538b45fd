"""Heels, toes and the floor that they stand on."""

import numpy as np
import pytest
import torch

from motionlib.kinematics import Kinematics
from motionlib.rotations import matrix_from_quat
from motionlib.soles import ground_height, sole_corners, sole_ends, sole_points


def steps(fps: float, *, ground: float = 0.0) -> np.ndarray:
    """(T, 1, 2, 3) m: a foot that stands for a second, is lifted and moved for a second, stands."""
    t = np.arange(round(3 * fps)) / fps
    swing = np.clip(t - 1.0, 0.0, 1.0)
    points = np.zeros((len(t), 1, 2, 3))
    points[..., 0] = (0.5 - 0.5 * np.cos(np.pi * swing))[:, None, None]
    points[..., 2] = (ground + 0.1 * np.sin(np.pi * swing))[:, None, None]
    points[:, 0, 1, 0] += 0.2
    return points


@pytest.mark.parametrize("height", [-0.3, 0.0, 1.0])
def test_ground_is_where_slow_feet_are(height):
    points = steps(30.0, ground=height)
    points[40, 0, 0, 2] -= 0.5  # a spike
    assert ground_height(points, 30.0) == pytest.approx(height, abs=0.005)


def test_ground_of_one_frame():
    assert ground_height(steps(30.0, ground=0.2)[:1], 30.0) == pytest.approx(0.2)


def test_toes_are_in_front_of_heels(g1):
    ends = sole_ends(g1)
    assert ends.shape == (2, 2, 3)
    assert (ends[:, 1, 0] - ends[:, 0, 0] > 0.1).all()


def test_left_corners_are_on_the_left(g1):
    corners = sole_corners(g1)
    assert corners.shape == (2, 2, 2, 3)
    assert (corners[..., 0, 1] - corners[..., 1, 1] > 0.03).all()


def test_sole_points_are_carried_by_the_feet(g1):
    root = torch.zeros((1, 3), dtype=torch.float64), torch.eye(4, dtype=torch.float64)[:1]
    kinematics = Kinematics(g1, dtype=torch.float64)
    poses = kinematics.forward(*root, torch.zeros((1, g1.num_dofs), dtype=torch.float64))
    pos, rot = poses.body_pos.numpy(), matrix_from_quat(poses.body_quat_wxyz).numpy()
    points = sole_points(g1, pos, rot)
    feet = [g1.body_names.index(name) for name in g1.foot_bodies]
    wanted = np.einsum("fij,fej->fei", rot[0, feet], sole_ends(g1)) + pos[0, feet, None]
    np.testing.assert_allclose(points[0], wanted, atol=1e-12)

"""A robot that walks in a world that was turned; people are in `human/test_plausibility.py`."""

import numpy as np
import pytest
import torch

from motionlib.kinematics import Kinematics
from motionlib.sideways import sideways_stand_s, zero_pose

FPS = 50.0
T = np.arange(100) / FPS
IDENTITY, ABOUT_X = np.eye(3), np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def test_the_zero_pose_is_that_of_kinematics(g1) -> None:
    still = torch.zeros(g1.num_dofs, dtype=torch.float64)
    root = torch.zeros(3, dtype=torch.float64), torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    expected = Kinematics(g1, dtype=torch.float64).forward(*root, still).body_pos
    np.testing.assert_allclose(zero_pose(g1), expected.numpy(), atol=1e-9)


def strides(robot, turn: np.ndarray, *, planted: bool) -> tuple[np.ndarray, np.ndarray]:
    """Body origins and root rotations of a robot that goes along x, its left foot fixed or not."""
    feet = [robot.body_names.index(name) for name in robot.foot_bodies]
    stance = zero_pose(robot)
    pos = np.tile(stance - stance[feet[0]], (len(T), 1, 1))
    pos[..., 0] += T[:, None]
    if planted:
        # one foot stands while the other takes a step of a metre in half the time
        swing = np.interp(T % 1.0, [0.0, 0.5, 1.0], [0.0, 1.0, 1.0]) + np.floor(T)
        pos[:, feet[0], 0] = swing
        pos[:, feet[1], 0] = np.interp(T, T + 0.5, swing)
    quat = np.array([1.0, 0.0, 0.0, 0.0])
    if turn is not IDENTITY:
        quat = np.array([np.sqrt(0.5), -np.sqrt(0.5), 0.0, 0.0])
    return pos @ turn.T, np.tile(quat, (len(T), 1))


@pytest.mark.parametrize(
    ("turn", "planted", "told"),
    [(IDENTITY, True, False), (ABOUT_X, True, True), (ABOUT_X, False, False)],
)
def test_planted_feet_tell_a_walk_from_a_body_that_is_carried(g1, turn, planted, told) -> None:
    pos, quats = strides(g1, turn, planted=planted)
    pos[..., 2] += 0.5  # no floor under the feet's axis is evidence here
    pos[..., 1] += 0.4
    found = sideways_stand_s(g1, FPS, pos, quats)
    assert (found > 0.5) == told
    assert found <= 2.0


def test_a_body_that_bends_or_has_no_length_is_not_told_of(g1) -> None:
    pos, quats = strides(g1, ABOUT_X, planted=True)
    head = g1.body_names.index(g1.head_body)
    pos[:, head] = 0.5 * (pos[:, head] + pos[:, 0])
    assert sideways_stand_s(g1, FPS, 0.5 * pos, quats) == 0.0
    assert sideways_stand_s(g1, FPS, 0.0 * pos, quats) == 0.0

"""Joints, as they are and as encoders read them."""

from collections.abc import Callable

import torch

from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.views import VIEWS


def test_encoders_read_their_bias_and_the_truth_has_none(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    robot, bias = snapshot(0), torch.full((5, 4), 0.1)
    hidden = {"joint_bias": bias, "foot_friction": torch.arange(5.0)}
    now = moment_of(robot, snapshot(1), hidden=hidden)
    assert torch.equal(VIEWS["dof_pos"](now), robot.dof_pos - 1.0)
    torch.testing.assert_close(VIEWS["read_dof_pos"](now), robot.dof_pos - 0.9)
    assert torch.equal(VIEWS["joint_bias"](now), bias)
    assert VIEWS["foot_friction"](now).tolist() == [[0.0], [1.0], [2.0], [3.0], [4.0]]
    assert torch.equal(VIEWS["dof_vel"](now), robot.dof_vel)
    unbiased = moment_of(robot, snapshot(1))
    assert torch.equal(VIEWS["read_dof_pos"](unbiased), VIEWS["dof_pos"](unbiased))


def test_the_last_action_is_what_was_said(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    said = torch.rand(5, 4)
    assert torch.equal(VIEWS["last_action"](moment_of(snapshot(0), snapshot(1), action=said)), said)

"""Joint measures by hand."""

from collections.abc import Callable

import pytest
import torch

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.evaluation import metrics


def test_norms_means_and_squares(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    wanted = snapshot(0, dofs=4)
    away = torch.tensor([3.0, -4.0, 0.0, 0.0])
    robot = wanted._replace(dof_pos=wanted.dof_pos + away, dof_vel=wanted.dof_vel - 2.0 * away)
    now = moment_of(robot, wanted)
    expected = {
        "error_joint_pos": 5.0,
        "error_joint_vel": 10.0,
        "mean_joint_pos": 7.0 / 4,
        "mean_joint_vel": 14.0 / 4,
        "joint_pos_sq": 25.0 / 4,
        "joint_vel_sq": 100.0 / 4,
    }
    assert {n: MEASURES[n](now)[0].item() for n in expected} == pytest.approx(expected, rel=1e-5)
    oracle = metrics.joint_error(robot.dof_pos, wanted.dof_pos)
    torch.testing.assert_close(MEASURES["mean_joint_pos"](now), oracle)


def test_what_lies_beyond_soft_limits_adds_up(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    robot = snapshot(0, count=1)._replace(dof_pos=torch.tensor([[1.5, -1.25, 0.9, -1.0]]))
    found = MEASURES["joint_limit"](moment_of(robot, snapshot(1, count=1)))
    assert found.item() == pytest.approx(0.75)

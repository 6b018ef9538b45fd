"""What moving costs, by hand."""

from collections.abc import Callable

import pytest
import torch

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot


def test_action_rate_is_the_square_of_the_change(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    action, before = torch.full((5, 4), 0.5), torch.full((5, 4), -0.5)
    now = moment_of(snapshot(0), snapshot(1), action=action, last_action=before)
    assert MEASURES["action_rate"](now).tolist() == pytest.approx([4.0] * 5)


def test_torque_and_power_by_hand(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    torque = torch.tensor([[3.0, -4.0, 0.0, 0.0]]).repeat(5, 1)
    robot = snapshot(0)._replace(dof_vel=torch.tensor([[1.0, 2.0, 9.0, 9.0]]).repeat(5, 1))
    now = moment_of(robot, snapshot(1), dof_torque=torque)
    assert MEASURES["torque_sq"](now).tolist() == pytest.approx([25.0 / 4] * 5)
    assert MEASURES["power"](now).tolist() == pytest.approx([3.0 + 8.0] * 5)

"""Velocity rules against arithmetic written out."""

import pytest
import torch

from motionlib.rotations import quat_from_rotvec, quat_mul
from motionlib.rules import VELOCITY_RULES
from motionlib.velocities import angular_velocity, linear_velocity, scalar_velocity


def test_central_is_numpy_gradient() -> None:
    x = torch.tensor([[0.0], [1.0], [4.0], [9.0]])
    # fps 10: (1-0)*10, (4-0)*5, (9-1)*5, (9-4)*10
    assert linear_velocity(x, 10.0, "central").flatten().tolist() == [10.0, 20.0, 40.0, 50.0]


def test_forward_min3_takes_the_slowest_of_three_horizons() -> None:
    x = torch.tensor([[0.0, 0.0], [3.0, 0.0], [2.0, 0.0], [3.0, 0.0], [10.0, 0.0]])
    # t=0: 3/1, 2/2, 3/3 -> 1 (the smaller horizon wins a tie); t=1: -1, 0, 7/3 -> 0;
    # t=2: 1, 8/2=4, tail of h3 (7/3) -> 1; t=3: 7, tail of h2 (4), tail of h3 (7/3) -> 7/3
    v = linear_velocity(x, 1.0, "forward_min3")[:, 0]
    torch.testing.assert_close(v, torch.tensor([1.0, 0.0, 1.0, 7 / 3, 7 / 3]))


def test_forward_min3_of_dofs_is_the_plain_forward_difference() -> None:
    x = torch.tensor([[0.0], [3.0], [2.0]])
    assert scalar_velocity(x, 2.0, "forward_min3").flatten().tolist() == [6.0, -2.0, -2.0]


@pytest.mark.parametrize("rule", ["central", "forward_min3"])
def test_constant_turn_about_a_world_axis(rule: str) -> None:
    omega = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    times = torch.arange(20, dtype=torch.float64).unsqueeze(-1) / 50.0
    start = quat_from_rotvec(torch.tensor([0.5, 0.2, -0.1], dtype=torch.float64))
    q = quat_mul(quat_from_rotvec(times * omega), start.expand(20, 4))
    velocity = angular_velocity(q, 50.0, rule)
    torch.testing.assert_close(velocity, omega.expand(20, 3), atol=1e-9, rtol=0)


def test_historical_rules_are_late_in_angles_only() -> None:
    angle = torch.tensor([0.0, 0.1, 0.3, 0.35, 0.4], dtype=torch.float64)
    zero = torch.zeros_like(angle)
    q = quat_from_rotvec(torch.stack((zero, zero, angle), -1))
    # fps 1, steps .1 .2 .05 .05; smallest of three horizons: .1 .125 .05, tail .05
    old = angular_velocity(q, 1.0, "protomotions_2025")[:, 2]
    torch.testing.assert_close(old, torch.tensor([0.0, 0.1, 0.2, 0.05, 0.05]).double())
    newer = angular_velocity(q, 1.0, "protomotions_2026h1")[:, 2]
    now = angular_velocity(q, 1.0, "forward_min3")[:, 2]
    torch.testing.assert_close(newer, torch.cat((zero[:1], now[:-1])))
    x = angle.unsqueeze(-1)
    assert torch.equal(
        linear_velocity(x, 1.0, "protomotions_2025"), linear_velocity(x, 1.0, "central")
    )
    assert torch.equal(
        linear_velocity(x, 1.0, "protomotions_2026h1"), linear_velocity(x, 1.0, "forward_min3")
    )


@pytest.mark.parametrize("rule", VELOCITY_RULES)
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips_have_finite_velocities(rule: str, frames: int) -> None:
    x = torch.arange(frames, dtype=torch.float64).unsqueeze(-1)
    v = linear_velocity(x, 50.0, rule)
    assert v.shape == (frames, 1)
    assert v.flatten().tolist() == ([0.0] if frames == 1 else [50.0] * frames)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="forward_min3"):
        linear_velocity(torch.zeros(2, 1), 50.0, "gaussian")  # type: ignore[arg-type]

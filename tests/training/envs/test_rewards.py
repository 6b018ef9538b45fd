"""The reward formula."""

import math
from dataclasses import replace

import pytest
import torch

from training.envs.commands import TrackingErrors
from training.envs.config import RewardsConfig, Term
from training.envs.rewards import Rewards, limit_excess, squared_errors


def errors(value: float, *, count: int = 2, bodies: int = 3) -> TrackingErrors:
    single, many = torch.full((count,), value), torch.full((count, bodies), value)
    return TrackingErrors(single, single, single, single, many, many, many, many)


def contributions(config: RewardsConfig, value: float, **penalties: float) -> dict[str, float]:
    rewards = Rewards(config, control_dt=0.02, device="cpu")
    given = {"action_rate": 0.0, "joint_limit": 0.0, "contacts": 0.0} | penalties
    terms = rewards(errors(value), **{name: torch.full((2,), x) for name, x in given.items()})
    assert terms.shape == (2, len(rewards.names))
    return dict(zip(rewards.names, terms[0].tolist(), strict=True))


def test_tracking_terms_are_exp_of_error_over_sigma_squared() -> None:
    found = contributions(RewardsConfig(), 0.3)
    assert found["anchor_pos"] == pytest.approx(0.5 * math.exp(-1.0) * 0.02)
    assert found["anchor_ori"] == pytest.approx(0.5 * math.exp(-((0.3 / 0.4) ** 2)) * 0.02)
    assert found["body_lin_vel"] == pytest.approx(math.exp(-0.09) * 0.02)
    assert found["body_ang_vel"] == pytest.approx(math.exp(-((0.3 / 3.14) ** 2)) * 0.02)


def test_perfect_tracking_earns_the_sum_of_weights() -> None:
    assert sum(contributions(RewardsConfig(), 0.0).values()) == pytest.approx(5.0 * 0.02)


def test_penalties_are_linear_and_scaled() -> None:
    config = replace(RewardsConfig(scale=3.0), action_rate=Term(weight=-0.1))
    found = contributions(config, 0.0, action_rate=2.0, joint_limit=0.5, contacts=4.0)
    assert found["action_rate"] == pytest.approx(-0.1 * 2.0 * 0.02 * 3.0)
    assert found["joint_limit"] == pytest.approx(-10.0 * 0.5 * 0.02 * 3.0)
    assert found["self_collisions"] == pytest.approx(-10.0 * 4.0 * 0.02 * 3.0)


def test_squares_are_averaged_over_bodies_not_averages_squared() -> None:
    uneven = errors(0.0)._replace(body_pos=torch.tensor([[0.0, 0.0, 0.3]]).repeat(2, 1))
    assert squared_errors(uneven)[0, 2] == pytest.approx(0.03)


def test_a_tolerance_of_zero_is_refused() -> None:
    config = replace(RewardsConfig(), body_pos=Term(weight=1.0))
    with pytest.raises(ValueError, match=r"rewards\.body_pos\.sigma"):
        Rewards(config, control_dt=0.02, device="cpu")


def test_limit_excess_sums_what_lies_outside() -> None:
    limits = torch.tensor([[-1.0, 1.0], [0.0, 2.0]])
    dofs = torch.tensor([[0.0, 1.0], [1.5, -0.25]])
    torch.testing.assert_close(limit_excess(dofs, limits), torch.tensor([0.0, 0.75]))

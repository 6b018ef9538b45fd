"""The reward formula."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from training.envs.mimic import mimic_rewards
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.terms.rewards import Reward, RewardTerms
from training.values import ConfigError

Shift = Callable[..., Moment]


@pytest.fixture
def shifted(snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]) -> Shift:
    """`shifted(metres=0.0, **fields)`: on the reference, but for a step to the side."""

    def make(metres: float = 0.0, **fields) -> Moment:
        robot = snapshot(0)
        robot = robot._replace(dof_pos=torch.zeros(5, 4))
        moved = robot.bodies._replace(pos=robot.bodies.pos + torch.tensor([0.0, metres, 0.0]))
        return moment_of(robot._replace(bodies=moved), robot, **fields)

    return make


def contributions(
    rewards: dict[str, Reward], now: Moment, *, rate: float = 0.02
) -> dict[str, float]:
    terms = RewardTerms(rewards, rate=rate, device="cpu")
    found = terms(now)
    assert found.shape == (5, len(rewards))
    return dict(zip(terms.names, found[0].tolist(), strict=True))


def test_a_term_with_a_tolerance_is_exp_of_the_measure_over_its_square(shifted: Shift) -> None:
    found = contributions(mimic_rewards(), shifted(0.3))
    assert found["anchor_pos"] == pytest.approx(0.5 * math.exp(-1.0) * 0.02)
    assert found["anchor_ori"] == pytest.approx(0.5 * 0.02), "it did not turn"
    assert found["body_pos"] == pytest.approx(1.0 * 0.02), "relative targets moved with it"


def test_perfect_tracking_earns_the_sum_of_weights(shifted: Shift) -> None:
    found = contributions(mimic_rewards(), shifted())
    assert sum(found.values()) == pytest.approx(5.0 * 0.02, rel=1e-5)


def test_penalties_are_linear_and_scaled(shifted: Shift) -> None:
    rewards = {**mimic_rewards(), "action_rate": Reward(measure="action_rate", weight=-0.1)}
    now = shifted(action=torch.full((5, 4), 0.5), self_contacts=torch.full((5,), 4.0))
    found = contributions(rewards, now, rate=3.0 * 0.02)
    assert found["action_rate"] == pytest.approx(-0.1 * 1.0 * 0.02 * 3.0)
    assert found["self_collisions"] == pytest.approx(-10.0 * 4.0 * 0.02 * 3.0)
    assert found["joint_limit"] == 0.0


def test_penalties_alone_and_kernels_alone_and_nothing(shifted: Shift) -> None:
    every = mimic_rewards()
    whole = contributions(every, shifted(0.1))
    for names in (("action_rate", "joint_limit"), ("body_ori", "anchor_pos"), ()):
        some = contributions({name: every[name] for name in names}, shifted(0.1))
        assert some == {name: pytest.approx(whole[name]) for name in names}


def test_a_term_of_an_unknown_measure_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"measure is 'body_pos_sqr', expected a measure's name"):
        Reward(measure="body_pos_sqr", weight=1.0)


@pytest.mark.parametrize("change", [{"sigma": -0.1}, {"sigma": math.nan}, {"weight": math.inf}])
def test_impossible_numbers_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        replace(Reward(measure="body_pos_sq", weight=1.0, sigma=0.3), **change)

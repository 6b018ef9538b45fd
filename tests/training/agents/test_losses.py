import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from training.agents import losses
from training.agents.config import PPOConfig


def _gaussians() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    means = torch.randn(2, 50, 3, generator=generator)
    log_stds = 0.3 * torch.randn(2, 3, generator=generator)
    return means[0], log_stds[0], means[1], log_stds[1]


def test_density_entropy_and_kl_agree_with_torch_distributions() -> None:
    mean, log_std, old_mean, old_log_std = _gaussians()
    new = Independent(Normal(mean, log_std.exp()), 1)
    old = Independent(Normal(old_mean, old_log_std.exp()), 1)
    actions = old_mean + 0.1
    deviation = (actions - mean) / log_std.exp()
    assert torch.allclose(losses.log_prob(deviation, log_std), new.log_prob(actions), atol=1e-4)
    assert torch.allclose(losses.entropy(log_std), new.entropy()[0], atol=1e-5)
    kl = losses.mean_kl(mean, log_std, old_mean=old_mean, old_log_std=old_log_std)
    assert torch.allclose(kl, kl_divergence(old, new).mean(), rtol=1e-4)


def test_policy_loss_is_pessimistic_on_both_sides() -> None:
    ratio = torch.tensor([2.0, 0.5, 2.0, 0.5])
    advantages = torch.tensor([1.0, 1.0, -1.0, -1.0])
    # min(2, 1.2), min(.5, .8), min(-2, -1.2), min(-.5, -.8)
    expected = -(1.2 + 0.5 - 2.0 - 0.8) / 4
    assert losses.clipped_policy_loss(ratio, advantages, 0.2).item() == pytest.approx(expected)


def test_value_loss_takes_the_larger_error() -> None:
    # new 1, old 0, return 2: clipped value .2, errors 1 and 3.24
    loss = losses.clipped_value_loss(
        torch.tensor([1.0]), torch.tensor([0.0]), torch.tensor([2.0]), 0.2
    )
    assert loss.item() == pytest.approx(3.24)


def test_rate_follows_the_divergence_within_bounds() -> None:
    config = PPOConfig(desired_kl=0.01, min_learning_rate=1e-4, max_learning_rate=1e-2)
    assert losses.adapted_rate(1e-3, 0.03, config) == pytest.approx(1e-3 / 1.5)
    assert losses.adapted_rate(1e-3, 0.004, config) == pytest.approx(1.5e-3)
    assert losses.adapted_rate(1e-3, 0.012, config) == 1e-3
    assert losses.adapted_rate(1.1e-4, 1.0, config) == 1e-4
    assert losses.adapted_rate(9e-3, 0.0, config) == 1e-2


def test_standardised_has_mean_zero_and_variance_one() -> None:
    values = losses.standardised(torch.arange(100.0))
    assert values.mean().item() == pytest.approx(0.0, abs=1e-6)
    assert values.std().item() == pytest.approx(1.0)

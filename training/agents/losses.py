"""PPO's formulas on tensors: densities, divergence, clipped losses, the adaptive rate."""

import math

from torch import Tensor

from training.agents.config import PPOConfig

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


def log_prob(deviation: Tensor, log_std: Tensor) -> Tensor:
    """Log-density of a diagonal Gaussian.

    Args:
        deviation: (N, A) (action - mean) / std.
        log_std: (A,).

    Returns:
        (N,).
    """
    constant = log_std.sum() + log_std.numel() * _LOG_SQRT_2PI
    return -0.5 * deviation.square().sum(dim=-1) - constant


def entropy(log_std: Tensor) -> Tensor:
    """0-dim entropy of a diagonal Gaussian, nats."""
    return log_std.sum() + log_std.numel() * (0.5 + _LOG_SQRT_2PI)


def mean_kl(mean: Tensor, log_std: Tensor, *, old_mean: Tensor, old_log_std: Tensor) -> Tensor:
    """0-dim mean over rows of KL(old || new) between diagonal Gaussians, nats."""
    precision = (-2.0 * log_std).exp()
    spread = (log_std - old_log_std) + 0.5 * (2.0 * old_log_std).exp() * precision - 0.5
    distance = (old_mean - mean).square().mean(dim=0)
    return (spread + 0.5 * precision * distance).sum()


def clipped_policy_loss(ratio: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """0-dim pessimistic surrogate, negated: -mean(min(A r, A clamp(r, 1 ± clip)))."""
    from_clipped = advantages * ratio.clamp(1.0 - clip, 1.0 + clip)
    return (advantages * ratio).minimum(from_clipped).mean().neg()


def clipped_value_loss(values: Tensor, old_values: Tensor, returns: Tensor, clip: float) -> Tensor:
    """0-dim mean of the larger squared error, of the value and of it held within ± clip."""
    near = old_values + (values - old_values).clamp(-clip, clip)
    return (values - returns).square().maximum((near - returns).square()).mean()


def adapted_rate(rate: float, kl: float, config: PPOConfig) -> float:
    """Learning rate steered towards `desired_kl`: ÷ 1.5 above twice, × 1.5 below half of it."""
    if kl > 2.0 * config.desired_kl:
        return max(config.min_learning_rate, rate / 1.5)
    if 0.0 <= kl < 0.5 * config.desired_kl:
        return min(config.max_learning_rate, rate * 1.5)
    return rate


def standardised(values: Tensor) -> Tensor:
    """Values with mean zero and variance one."""
    return (values - values.mean()) / (values.std() + 1e-8)

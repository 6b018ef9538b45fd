"""Networks of the agents: perceptrons, the Gaussian actor, the running normaliser."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from training.agents.config import Activation, NetworkConfig, OnPolicyConfig, PPOConfig

_ACTIVATIONS: dict[Activation, Callable[[], nn.Module]] = {
    "elu": lambda: nn.ELU(inplace=True),
    "relu": lambda: nn.ReLU(inplace=True),
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


def build_mlp(
    config: NetworkConfig,
    num_inputs: int,
    *,
    num_outputs: int,
    generator: torch.Generator,
    output_gain: float = 1.0,
) -> nn.Sequential:
    """A perceptron with a linear last layer.

    Args:
        config: Hidden layers.
        num_inputs: Width of the input.
        num_outputs: Width of the output.
        generator: Source of the initial weights, on the CPU.
        output_gain: Scale of the last layer's initial weights.
    """
    widths = [num_inputs, *config.hidden, num_outputs]
    layers: list[nn.Module] = []
    for index in range(len(widths) - 1):
        last = index == len(widths) - 2
        layer = nn.Linear(widths[index], widths[index + 1])
        gain = output_gain if last else math.sqrt(2.0)
        nn.init.orthogonal_(layer.weight, gain=gain, generator=generator)
        nn.init.zeros_(layer.bias)
        layers.append(layer)
        if not last:
            layers.append(_ACTIVATIONS[config.activation]())
    return nn.Sequential(*layers)


class GaussianActor(nn.Module):
    """Diagonal Gaussian policy; its spread does not depend on the observation."""

    def __init__(
        self,
        config: NetworkConfig,
        num_inputs: int,
        *,
        num_actions: int,
        init_std: float,
        min_std: float,
        learn_std: bool,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        # a small last layer starts every action near the mapping's own centre
        self.mean_net = build_mlp(
            config, num_inputs, num_outputs=num_actions, generator=generator, output_gain=0.01
        )
        self.log_std = nn.Parameter(
            torch.full((num_actions,), math.log(init_std)), requires_grad=learn_std
        )
        self._min_log_std = math.log(min_std)

    def forward(self, obs: Tensor) -> Tensor:
        """(N, A) mean actions for (N, n) observations."""
        return self.mean_net(obs)

    @torch.no_grad()
    def keep_above_floor(self) -> None:
        """Put the spread back onto its floor after an update."""
        self.log_std.clamp_(min=self._min_log_std)


class RunningNormalizer(nn.Module):
    """Running mean and variance of (N, n) rows, kept in float64, applied in float32."""

    mean: Tensor
    variance: Tensor
    count: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, width: int, *, clamp: float) -> None:
        super().__init__()
        self._clamp = clamp
        self.register_buffer("mean", torch.zeros(width, dtype=torch.float64))
        self.register_buffer("variance", torch.ones(width, dtype=torch.float64))
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))
        self.register_buffer("scale", torch.ones(width))
        self.register_buffer("shift", torch.zeros(width))

    def forward(self, rows: Tensor) -> Tensor:
        """(rows - mean) / standard deviation, clamped; the identity before the first update."""
        return torch.addcmul(self.shift, rows, self.scale).clamp_(-self._clamp, self._clamp)

    @torch.no_grad()
    def update(self, rows: Tensor) -> None:
        """Fold (N, n) rows into the statistics (Chan's parallel rule)."""
        added = float(rows.shape[0])
        total = self.count + added
        mean = rows.mean(dim=0, dtype=torch.float64)
        variance = rows.var(dim=0, unbiased=False).double()
        delta = mean - self.mean
        between = delta.square() * (self.count * added / total)
        self.variance.copy_((self.variance * self.count + variance * added + between) / total)
        self.mean.add_(delta * (added / total))
        self.count.copy_(total)
        inverse = (self.variance + 1e-8).rsqrt().clamp_(max=1e2)
        self.scale.copy_(inverse)
        self.shift.copy_(-self.mean * inverse)


class NoNormalizer(nn.Module):
    """The identity, where normalisation is off."""

    def forward(self, rows: Tensor) -> Tensor:
        """The rows themselves."""
        return rows

    def update(self, rows: Tensor) -> None:
        """Nothing to learn."""


Normalizer = RunningNormalizer | NoNormalizer


class ActorPolicy(nn.Module):
    """A deterministic policy: one network on one normalised observation group."""

    def __init__(self, actor: nn.Module, normalizer: Normalizer, *, group: str = "actor") -> None:
        super().__init__()
        self.groups: tuple[str, ...] = (group,)
        self.actor, self.normalizer = actor, normalizer

    def forward(self, obs: Mapping[str, Tensor]) -> Tensor:
        """(E, A) actions for raw (E, n) observations by group."""
        return self.actor(self.normalizer(obs[self.groups[0]]))


def build_actor(
    config: PPOConfig, *, num_inputs: int, num_actions: int, generator: torch.Generator
) -> GaussianActor:
    """The actor that `config` describes."""
    return GaussianActor(
        config.actor,
        num_inputs,
        num_actions=num_actions,
        init_std=config.init_std,
        min_std=config.min_std,
        learn_std=config.learn_std,
        generator=generator,
    )


def build_normalizer(config: OnPolicyConfig, width: int) -> Normalizer:
    """The observation normaliser that `config` describes."""
    if config.normalize_obs:
        return RunningNormalizer(width, clamp=config.obs_clamp)
    return NoNormalizer()

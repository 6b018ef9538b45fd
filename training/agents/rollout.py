"""Storage of one rollout, and generalised advantage estimation over it."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def gae(
    rewards: Tensor,
    values: Tensor,
    last_values: Tensor,
    *,
    dones: Tensor,
    gamma: float,
    gae_lambda: float,
) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation.

    A step that ends an episode looks no further; the value of a time-out must have been added to
    its reward before.

    Args:
        rewards: (N, E) reward of each step.
        values: (N, E) value of the state before each step.
        last_values: (E,) value of the state after the last step.
        dones: (N, E) 1 where the step ended an episode, else 0.
        gamma: Discount.
        gae_lambda: Mixing of n-step returns.

    Returns:
        (N, E) advantages and (N, E) returns (advantage + value).
    """
    advantages = torch.empty_like(rewards)
    next_values = last_values
    running = torch.zeros_like(last_values)
    alive = gamma * (1.0 - dones.to(rewards.dtype))
    for t in range(rewards.shape[0] - 1, -1, -1):
        delta = rewards[t] + alive[t] * next_values - values[t]
        running = delta + alive[t] * gae_lambda * running
        advantages[t] = running
        next_values = values[t]
    return advantages, advantages + values


class Rollout:
    """N control steps of E environments, in buffers that are written over and over."""

    def __init__(
        self,
        num_steps: int,
        num_envs: int,
        *,
        obs_dims: Mapping[str, int],
        num_actions: int,
        device: torch.device | str,
    ) -> None:
        def buffer(*widths: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros((num_steps, num_envs, *widths), dtype=dtype, device=device)

        self.num_steps = num_steps
        self.num_envs = num_envs
        self.obs = {group: buffer(width) for group, width in obs_dims.items()}
        self.last_obs = {group: buffer(width)[0] for group, width in obs_dims.items()}
        self.means = buffer(num_actions)
        """(N, E, A) of the policy that acted."""
        self.noise = buffer(num_actions)
        """(N, E, A) unit normal draws: action = mean + std * noise."""
        self.rewards = buffer()
        self.terminated = buffer(dtype=torch.bool)
        self.truncated = buffer(dtype=torch.bool)
        self._cut_indices: list[Tensor] = []
        self._cut_obs: list[Tensor] = []

    @property
    def num_samples(self) -> int:
        """N * E."""
        return self.num_steps * self.num_envs

    def clear_cuts(self) -> None:
        """Forget the time-outs of the rollout before."""
        self._cut_indices.clear()
        self._cut_obs.clear()

    def add_cuts(self, step: int, truncated: Tensor, critic_obs: Tensor) -> None:
        """Keep the critic observations of episodes that time ended at `step`."""
        if critic_obs.shape[0]:
            self._cut_indices.append(truncated.nonzero().squeeze(-1) + step * self.num_envs)
            self._cut_obs.append(critic_obs)

    def cuts(self) -> tuple[Tensor, Tensor] | None:
        """(K,) flat indices of all time-outs and their (K, m) critic observations, if any."""
        if not self._cut_indices:
            return None
        return torch.cat(self._cut_indices), torch.cat(self._cut_obs)


class LogSums:
    """Means over steps of named 0-dim measures, without one synchronisation a step."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, ...], Tensor] = {}
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, log: Mapping[str, Tensor]) -> None:
        """Add one step's measures."""
        if not log:
            return
        names = tuple(log)
        row = torch.stack([value.detach().float() for value in log.values()])
        self._sums[names] = self._sums[names] + row if names in self._sums else row
        self._counts[names] = self._counts.get(names, 0) + 1

    def means(self) -> dict[str, float]:
        """Mean of every measure over the steps that named it; forgets them."""
        sums: dict[str, float] = {}
        counts: dict[str, int] = {}
        for names, row in self._sums.items():
            for name, value in zip(names, row.tolist(), strict=True):
                sums[name] = sums.get(name, 0.0) + value
                counts[name] = counts.get(name, 0) + self._counts[names]
        self._sums.clear()
        self._counts.clear()
        return {name: value / counts[name] for name, value in sums.items()}


class EpisodeStatistics:
    """Return and length of the episodes that ended during a rollout."""

    def __init__(self, num_envs: int, device: torch.device | str) -> None:
        self._returns = torch.zeros(num_envs, device=device)
        self._lengths = torch.zeros(num_envs, device=device)
        self._ended: Tensor = torch.zeros(4, dtype=torch.float64, device=device)

    def add(self, reward: Tensor, terminated: Tensor, truncated: Tensor) -> None:
        """Add one step of (E,) environments."""
        self._returns += reward
        self._lengths += 1
        done = terminated | truncated
        weight = done.float()
        self._ended += torch.stack(
            [
                weight.sum(),
                (self._returns * weight).sum(),
                (self._lengths * weight).sum(),
                terminated.float().sum(),
            ]
        )
        self._returns.masked_fill_(done, 0.0)
        self._lengths.masked_fill_(done, 0.0)

    def means(self) -> dict[str, float]:
        """Means over the episodes that ended since the last call; empty if none did."""
        count, returns, lengths, failures = self._ended.tolist()
        self._ended.zero_()
        if not count:
            return {}
        return {
            "train/episode_reward": returns / count,
            "train/episode_steps": lengths / count,
            "train/failure_share": failures / count,
        }


def shuffled(batch: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Rows of every tensor in one common random order."""
    rows = next(iter(batch.values()))
    order = torch.randperm(rows.shape[0], generator=generator, device=generator.device)
    return {name: tensor.index_select(0, order) for name, tensor in batch.items()}


def mini_batches(batch: Mapping[str, Tensor], size: int) -> Sequence[dict[str, Tensor]]:
    """Contiguous slices of `size` rows, as views; the last one takes what is left over."""
    total = next(iter(batch.values())).shape[0]
    count = max(1, total // size)
    ends = [size * (i + 1) for i in range(count - 1)] + [total]
    starts = [0, *ends[:-1]]
    return [
        {name: tensor[start:end] for name, tensor in batch.items()}
        for start, end in zip(starts, ends, strict=True)
    ]

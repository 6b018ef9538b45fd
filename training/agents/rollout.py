"""Storage of one rollout, and generalised advantage estimation over it."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from training.agents.environment import StepResult


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
        after_dims: Mapping[str, int] | None = None,
        cut_groups: Sequence[str] = (),
        buffers: Mapping[str, tuple[int, ...]] | None = None,
        device: torch.device | str,
    ) -> None:
        """Allocate.

        Args:
            num_steps: N.
            num_envs: E.
            obs_dims: Groups seen before acting, and their widths.
            after_dims: Groups seen after the step and before any reset, and their widths.
            cut_groups: Groups kept of the states in which episodes were cut.
            buffers: What else is remembered of choosing an action: name to the shape of a sample.
            device: Where.
        """

        def buffer(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros((num_steps, num_envs, *shape), dtype=dtype, device=device)

        self.num_steps = num_steps
        self.num_envs = num_envs
        self.obs = {group: buffer(width) for group, width in obs_dims.items()}
        self.last_obs = {group: buffer(width)[0] for group, width in obs_dims.items()}
        self.after = {group: buffer(width) for group, width in (after_dims or {}).items()}
        self.kept = {name: buffer(*shape) for name, shape in (buffers or {}).items()}
        """Name to (N, E, ...)."""
        self.rewards = buffer()
        self.terminated = buffer(dtype=torch.bool)
        self.truncated = buffer(dtype=torch.bool)
        self._cut_groups = tuple(cut_groups)
        self._cut_indices: list[Tensor] = []
        self._cut_obs: list[Mapping[str, Tensor]] = []

    @property
    def num_samples(self) -> int:
        """N * E."""
        return self.num_steps * self.num_envs

    def see(self, step: int, obs: Mapping[str, Tensor]) -> None:
        """Keep what is seen before the action of `step`."""
        for group, rows in self.obs.items():
            rows[step] = obs[group]

    def remember(self, step: int, values: Mapping[str, Tensor]) -> None:
        """Keep (E, ...) values of choosing the action of `step`, by buffer name."""
        for name, value in values.items():
            self.kept[name][step] = value

    def record(self, step: int, result: StepResult) -> None:
        """Keep what came of the action of `step`."""
        self.rewards[step] = result.reward
        self.terminated[step] = result.terminated
        self.truncated[step] = result.truncated
        for group, rows in self.after.items():
            rows[step] = result.after[group]
        self.add_cuts(step, result.truncated, result.truncated_obs)

    def end(self, obs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Keep what is seen after the last step; own copies of it, for the next rollout's first."""
        for group, rows in self.last_obs.items():
            rows.copy_(obs[group])
        return dict(self.last_obs)

    def clear_cuts(self) -> None:
        """Forget the time-outs of the rollout before."""
        self._cut_indices.clear()
        self._cut_obs.clear()

    def add_cuts(self, step: int, truncated: Tensor, obs: Mapping[str, Tensor]) -> None:
        """Keep the (K, n) observations in which time ended episodes at `step`, if it did."""
        if not obs or not self._cut_groups:
            return
        kept = {group: obs[group] for group in self._cut_groups}
        if kept[self._cut_groups[0]].shape[0]:
            self._cut_indices.append(truncated.nonzero().squeeze(-1) + step * self.num_envs)
            self._cut_obs.append(kept)

    def cuts(self) -> tuple[Tensor, dict[str, Tensor]] | None:
        """(K,) flat indices of all time-outs and their (K, n) observations by group, if any."""
        if not self._cut_indices:
            return None
        obs = {
            group: torch.cat([each[group] for each in self._cut_obs]) for group in self._cut_groups
        }
        return torch.cat(self._cut_indices), obs


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

"""A task of three numbers for tests of agents."""

from typing import NamedTuple

import torch
from torch import Tensor


class _Step(NamedTuple):
    obs: dict[str, Tensor]
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    truncated_obs: dict[str, Tensor]
    after: dict[str, Tensor]
    log: dict[str, Tensor]


class PointMass:
    """Push a mass on a line to a target; falling off the edge ends the episode."""

    num_actions = 1
    device = "cpu"

    def __init__(self, num_envs: int = 128, seed: int = 0) -> None:
        self.num_envs = num_envs
        self.obs_dims = {"actor": 3, "critic": 3, "style": 2}
        self._generator = torch.Generator().manual_seed(seed)
        self._x = torch.zeros(num_envs)
        self._v = torch.zeros(num_envs)
        self._goal = torch.zeros(num_envs)
        self._age = torch.zeros(num_envs)
        self.poison = False

    def reset(self) -> dict[str, Tensor]:
        self._restart(torch.ones(self.num_envs, dtype=torch.bool))
        return self._obs()

    def step(self, actions: Tensor) -> _Step:
        self._v = 0.9 * self._v + 0.1 * actions[:, 0].clamp(-2, 2)
        self._x = self._x + 0.1 * self._v
        self._age += 1
        reward = 1.0 - (self._x - self._goal).abs().clamp(max=1.0)
        if self.poison:
            reward = reward * torch.nan
        terminated = self._x.abs() > 2.0
        truncated = (self._age >= 60) & ~terminated
        final, after = self._obs()["critic"][truncated], {"style": self._style()}
        self._restart(terminated | truncated)
        return _Step(
            self._obs(),
            reward,
            terminated,
            truncated,
            {"critic": final} if len(final) else {},
            after,
            {"reward/goal": reward.mean()},
        )

    def _restart(self, mask: Tensor) -> None:
        fresh = torch.rand((3, self.num_envs), generator=self._generator) * 2 - 1
        self._x = torch.where(mask, fresh[0], self._x)
        self._v = torch.where(mask, torch.zeros(()), self._v)
        self._goal = torch.where(mask, fresh[1], self._goal)
        # ages spread at random so that episodes do not end all at once
        self._age = torch.where(mask, (fresh[2] * 10).floor(), self._age)

    def demonstrations(self, count: int) -> dict[str, Tensor]:
        """Masses that are slow and far to the right."""
        x = torch.rand(count, generator=self._generator)
        return {"style": torch.stack([0.5 + 0.5 * x, torch.zeros(count)], dim=-1)}

    def _style(self) -> Tensor:
        return torch.stack([self._x, self._v], dim=-1)

    def _obs(self) -> dict[str, Tensor]:
        # raw scales differ by thousands: only a normaliser makes them readable
        rows = torch.stack([self._x * 1000, self._v, self._goal * 1000], dim=-1)
        return {"actor": rows, "critic": rows}

"""Means of what a rollout logs, and of the episodes that end in it."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


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

    def restart(self) -> None:
        """All episodes begin anew; what ended is kept."""
        self._returns.zero_()
        self._lengths.zero_()

    def state_dict(self) -> dict[str, Any]:
        """Return and length so far of every episode, and sums of those that ended, as copies."""
        parts = {"returns": self._returns, "lengths": self._lengths, "ended": self._ended}
        return {name: value.clone() for name, value in parts.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._returns.copy_(state["returns"])
        self._lengths.copy_(state["lengths"])
        self._ended.copy_(state["ended"])

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

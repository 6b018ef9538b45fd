"""Sums and maxima over time of all numbers at once, over whole motions and before failures."""

import torch
from torch import Tensor


class Tally:
    """Over time of E motions in progress: W numbers an instant; a NaN once seen stays."""

    def __init__(self, num_envs: int, width: int, *, device: torch.device | str = "cpu") -> None:
        like = {"dtype": torch.float64, "device": device}
        self._whole = torch.zeros((num_envs, width), **like)
        self._before = torch.zeros((num_envs, width), **like)
        self._most = torch.full((num_envs, width), -torch.inf, **like)
        self.count = torch.zeros(num_envs, dtype=torch.int64, device=device)
        """(E,) instants."""
        self.count_before = torch.zeros_like(self.count)
        """(E,) instants before the first failure."""

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        for values in (self._whole, self._before, self.count, self.count_before):
            values[env_ids] = 0
        self._most[env_ids] = -torch.inf

    def add(self, values: Tensor, *, active: Tensor, failed: Tensor) -> None:
        """Add one instant.

        Args:
            values: (E, W).
            active: (E,) bool, has a motion.
            failed: (E,) bool, has failed now or earlier.
        """
        sound = active & ~failed
        exact = values.double()
        self._whole += torch.where(active[:, None], exact, 0.0)
        self._before += torch.where(sound[:, None], exact, 0.0)
        # torch's maximum keeps a NaN
        seen = torch.where(active[:, None], exact, -torch.inf)
        self._most = torch.maximum(self._most, seen)
        self.count += active
        self.count_before += sound

    def whole(self, env: int) -> list[float]:
        """(W,) sums of one environment's motion."""
        return self._whole[env].tolist()

    def before(self, env: int) -> list[float]:
        """(W,) sums of the instants before its first failure."""
        return self._before[env].tolist()

    def most(self, env: int) -> list[float]:
        """(W,) largest values."""
        return self._most[env].tolist()

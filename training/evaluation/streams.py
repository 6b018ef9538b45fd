"""Running sums of a batch of motions in progress: memory does not grow with a motion's length."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.evaluation.metrics import HIGH_JERK, jerk_window_frames


class JerkStream:
    """`metrics.normalized_jerk` of E motions, fed frame by frame, in rings of one window."""

    def __init__(
        self,
        num_envs: int,
        num_bodies: int,
        dt: float,
        *,
        window_s: float = 0.4,
        epsilon: float = 0.1,
        high: float = HIGH_JERK,
        device: torch.device | str = "cpu",
    ) -> None:
        self._dt = dt
        self._epsilon, self._high = epsilon, high
        self._window = jerk_window_frames(dt, window_s)
        like = {"dtype": torch.float64, "device": device}
        self._recent = torch.zeros((3, num_envs, num_bodies, 3), **like)
        self._squared = torch.zeros((self._window - 3, num_envs, num_bodies), **like)
        self._steps = torch.zeros((self._window - 1, num_envs, num_bodies), **like)
        self._frames = torch.zeros(num_envs, dtype=torch.int64, device=device)
        self._sum = torch.zeros(num_envs, **like)
        self._high_count = torch.zeros(num_envs, dtype=torch.int64, device=device)
        self._count = torch.zeros(num_envs, dtype=torch.int64, device=device)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments; the next frame added is their first."""
        self._frames[env_ids] = 0
        self._sum[env_ids] = 0.0
        self._high_count[env_ids] = 0
        self._count[env_ids] = 0

    def add(self, body_pos: Tensor, active: Tensor) -> None:
        """Add one frame, (E, B, 3) m, where the (E,) bool `active` holds."""
        # computed for all, so that a motion's last bits do not depend on how many are active
        ids = active.nonzero().squeeze(-1)
        x, (x1, x2, x3) = body_pos.double(), self._recent
        third = (x - 3 * x1 + 3 * x2 - x3) / self._dt**3
        # what the first frames put into the rings is overwritten before a window is full
        frames = self._frames[ids]
        self._squared[frames % len(self._squared), ids] = third.square().sum(dim=-1)[ids]
        self._steps[frames % len(self._steps), ids] = (x - x1).norm(dim=-1)[ids]
        self._recent = torch.where(active[:, None, None], torch.stack([x, x1, x2]), self._recent)
        self._frames[ids] += 1
        self._gather(ids[frames + 1 >= self._window])

    def mean(self, env: int) -> float | None:
        """Mean over windows and bodies; None for a motion shorter than a window."""
        count = int(self._count[env])
        return float(self._sum[env]) / count if count else None

    def high_share(self, env: int) -> float | None:
        """Share of windows in which a body's value is high; None for a motion shorter than one."""
        count = int(self._count[env])
        return int(self._high_count[env]) / count if count else None

    def _gather(self, ids: Tensor) -> None:
        integral = self._squared.sum(dim=0) * self._dt
        path = self._steps.sum(dim=0)
        duration = (self._window - 1) * self._dt
        value = duration**5 * integral / (path.square() + self._epsilon)
        self._sum[ids] += value.mean(dim=-1)[ids]
        self._high_count[ids] += ~(value <= self._high).all(dim=-1)[ids]
        self._count[ids] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSeries:
    """Down-sampled error over time of one motion."""

    time_s: np.ndarray
    """(P,) f32 s from frame 0, middle of each bin."""
    values: dict[str, np.ndarray]
    """name to (P,) f32 bin means."""


class SeriesBins:
    """Error over time of E motions in at most P bins each, whatever their length."""

    def __init__(self, num_envs: int, points: int, *, device: torch.device | str = "cpu") -> None:
        self._points = points
        self._shape = (num_envs, points)
        self._device = device
        self._sums: dict[str, Tensor] = {}
        self._counts = torch.zeros(self._shape, dtype=torch.int64, device=device)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        self._counts[env_ids] = 0
        for values in self._sums.values():
            values[env_ids] = 0.0

    def add(
        self, values: Mapping[str, Tensor], *, frames: Tensor, num_frames: Tensor, active: Tensor
    ) -> None:
        """Add one instant.

        Args:
            values: name to (E,).
            frames: (E,) int64 current frame, from 0.
            num_frames: (E,) int64 frames of the motion, at least one.
            active: (E,) bool.
        """
        env_ids = active.nonzero().squeeze(-1)
        bins = frames[env_ids] * self._bins(num_frames[env_ids]) // num_frames[env_ids]
        self._counts[env_ids, bins] += 1
        for name, value in values.items():
            if name not in self._sums:
                self._sums[name] = torch.zeros(
                    self._shape, dtype=torch.float64, device=self._device
                )
            self._sums[name][env_ids, bins] += value[env_ids].double()

    def series(self, env: int, *, dt: float) -> ErrorSeries:
        """What was gathered for the motion in environment `env`."""
        counts = self._counts[env]
        filled = counts > 0
        ends = counts.cumsum(0).double()
        middle = (ends - (counts.double() + 1) / 2)[filled] * dt
        means = {name: sums[env][filled] / counts[filled] for name, sums in self._sums.items()}
        return ErrorSeries(
            time_s=_kept(middle), values={name: _kept(x) for name, x in means.items()}
        )

    def _bins(self, num_frames: Tensor) -> Tensor:
        return num_frames.clamp(max=self._points)


def _kept(values: Tensor) -> np.ndarray:
    """As thousands of motions can be kept: single precision, and no view of anything larger."""
    return values.float().cpu().numpy().copy()

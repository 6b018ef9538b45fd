"""What robots did, kept frame by frame until a motion is over, and handed on then."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from training.envs.moment import Moment
from training.simulators.base import SimState


class Sink(Protocol):
    """Where the frames of a motion go when it is over."""

    def rows(self, now: Moment, state: SimState) -> Tensor:
        """(E, W) numbers of one instant that are to be kept."""
        ...

    def keep(self, case: str, frames: np.ndarray) -> None:
        """Take the (T, W) numbers of a whole motion; several threads may call."""
        ...


class Tape:
    """The latest instants of E environments, as many as their motions need that still run."""

    def __init__(self, sink: Sink, num_envs: int) -> None:
        self._sink = sink
        self._instants: list[Tensor] = []
        self._first = 0
        self._begun = [0] * num_envs
        self._running: set[int] = set()

    def start(self, env_ids: Sequence[int], now: Moment, state: SimState) -> None:
        """Frame 0 of some environments, whose next frame is the next instant."""
        rows = self._sink.rows(now, state)
        if not self._instants:
            self._instants.append(rows)
        else:
            self._instants[-1][list(env_ids)] = rows[list(env_ids)]
        for env_id in env_ids:
            self._begun[env_id] = self._first + len(self._instants) - 1
        self._running.update(env_ids)

    def add(self, now: Moment, state: SimState) -> None:
        """One later frame of all."""
        self._instants.append(self._sink.rows(now, state))

    def finish(self, env_id: int, case: str) -> None:
        """The motion of one environment is over."""
        begun = self._begun[env_id] - self._first
        frames = torch.stack([instant[env_id] for instant in self._instants[begun:]])
        self._sink.keep(case, frames.cpu().numpy())
        self._running.discard(env_id)

    def forget(self) -> None:
        """Let go of what no running motion needs; the newest instant stays."""
        newest = self._first + len(self._instants) - 1
        needed = min((self._begun[env_id] for env_id in self._running), default=newest)
        del self._instants[: needed - self._first]
        self._first = needed

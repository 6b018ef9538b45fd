"""What an agent asks of an environment: a vector of tasks stepped together."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor


class StepResult(Protocol):
    """One control step of E environments; those that ended have been reset already."""

    @property
    def obs(self) -> Mapping[str, Tensor]:
        """Group to (E, n) observations after automatic resets."""
        ...

    @property
    def reward(self) -> Tensor:
        """(E,) reward of the step."""
        ...

    @property
    def terminated(self) -> Tensor:
        """(E,) bool: ended by failure; worth nothing from here on."""
        ...

    @property
    def truncated(self) -> Tensor:
        """(E,) bool: ended by time or by the clip's end; worth what the critic says."""
        ...

    @property
    def truncated_obs(self) -> Mapping[str, Tensor]:
        """Group to (K, m) noise-free observations before the reset, rows of `truncated.nonzero()`.

        Of the groups that a value is read from; empty where nothing was cut.
        """
        ...

    @property
    def after(self) -> Mapping[str, Tensor]:
        """Group to (E, n) observations after the step and before any reset.

        Of the groups that look at what a step led to (`after_step`): the last transition of an
        episode is among them.
        """
        ...

    @property
    def log(self) -> Mapping[str, Tensor]:
        """Name to 0-dim measure of this step."""
        ...


class VectorEnv(Protocol):
    """E environments of one task."""

    @property
    def num_envs(self) -> int:
        """E."""
        ...

    @property
    def num_actions(self) -> int:
        """A."""
        ...

    @property
    def device(self) -> torch.device | str:
        """Where observations live and actions are wanted."""
        ...

    @property
    def obs_dims(self) -> Mapping[str, int]:
        """Width of every observation group, those of `StepResult.after` included."""
        ...

    def reset(self) -> Mapping[str, Tensor]:
        """Start all episodes anew."""
        ...

    def demonstrations(self, count: int) -> Mapping[str, Tensor]:
        """Group to (count, n) `after_step` observations of the reference, as if it were a robot."""
        ...

    def step(self, actions: Tensor) -> StepResult:
        """Advance all environments by one control step with (E, A) actions."""
        ...

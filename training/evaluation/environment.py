"""What an evaluation asks of an environment."""

from collections.abc import Collection
from typing import Any, Protocol

import torch
from torch import Tensor

from motionlib.robot import Robot
from training.envs.moment import Goal, Moment
from training.simulators.base import ResetState, SimState


class DrivenEnv(Protocol):
    """What a controller may ask of an environment."""

    @property
    def num_envs(self) -> int:
        """E."""
        ...

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""
        ...

    @property
    def robot(self) -> Robot:
        """The robot."""
        ...

    @property
    def goal(self) -> Goal:
        """What the next step is to reach."""
        ...

    def targets_from_actions(self, actions: Tensor) -> Tensor:
        """(E, D) rad targets that (E, D) actions mean now."""
        ...


class _StatefulSim(Protocol):
    def state(self) -> SimState: ...


class EvaluableEnv(DrivenEnv, Protocol):
    """What the evaluator asks of an environment, beyond what controllers do."""

    auto_reset: bool
    """Whether the environment resets what has ended; if not, ends and falls are only reported."""

    @property
    def command(self) -> Any:
        """Says what robots are asked; `cases.find_cases` knows what it can be evaluated on."""
        ...

    @property
    def control_dt(self) -> float:
        """Seconds between frames."""
        ...

    @property
    def sim(self) -> _StatefulSim:
        """The simulator, for its state."""
        ...

    def reached(self, state: SimState) -> Moment:
        """Robots in a state before what they are asked to be now."""
        ...

    def observe(self, groups: Collection[str] | None = None) -> dict[str, Tensor]:
        """Current observations, without noise: of some groups, or of all."""
        ...

    def restart(self, env_ids: Tensor, state: ResetState) -> None:
        """Put (K,) environments exactly at a state, as the command stands."""
        ...

    def drive(
        self, targets: Tensor, actions: Tensor | None = None, *, env_ids: Tensor | None = None
    ) -> None:
        """Advance by one control step; `env_ids`: the environments that move, None: all."""
        ...

"""What an evaluation asks of an environment."""

from typing import Any, Protocol

import torch
from torch import Tensor

from motionlib.library import MotionLib
from training.simulators.base import SimState


class DrivenEnv(Protocol):
    """What a controller may ask of an environment."""

    @property
    def num_envs(self) -> int:
        """E."""
        ...

    @property
    def lib(self) -> MotionLib:
        """Motions at the control rate."""
        ...

    @property
    def motion_ids(self) -> Tensor:
        """(E,) int64."""
        ...

    @property
    def frames(self) -> Tensor:
        """(E,) int64, reference frame of the current state."""
        ...

    def targets_from_actions(self, actions: Tensor) -> Tensor:
        """(E, D) rad targets that (E, D) actions mean now."""
        ...


class _StatefulSim(Protocol):
    def state(self) -> SimState: ...


class EvaluableEnv(DrivenEnv, Protocol):
    """What the evaluator asks of an environment, beyond what controllers do."""

    auto_reset: bool
    """False: nothing is reset by the environment itself, ends and falls are only reported."""

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""
        ...

    @property
    def control_dt(self) -> float:
        """Seconds between frames."""
        ...

    @property
    def sim(self) -> _StatefulSim:
        """The simulator, for its state."""
        ...

    def observe(self) -> dict[str, Tensor]:
        """Current observations, without noise."""
        ...

    def reset_to_reference(self, env_ids: Tensor, motion_ids: Tensor, frames: Tensor) -> None:
        """Put (K,) environments exactly on their reference."""
        ...

    def step_targets(self, targets: Tensor, actions: Tensor | None = None) -> Any:
        """Advance one control step; has `.obs`."""
        ...

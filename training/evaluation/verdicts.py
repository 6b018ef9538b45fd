"""Who failed, when and of what; a verdict is kept until the motion ends."""

from dataclasses import dataclass

import torch
from torch import Tensor

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.evaluation.config import EvaluationConfig, Thresholds

UNSTABLE = "unstable"
FALL = "fall"
TRACKING_LOST = "tracking_lost"
CONTROLLER_NAN = "controller_nan"
_CAUSES = ("", UNSTABLE, FALL, TRACKING_LOST, CONTROLLER_NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Outcome of one motion."""

    failure_cause: str | None
    """First cause; None for success."""
    failure_frame: int | None
    down_frame: int | None
    """First frame of a fall, of unstable physics or of a controller's NaN; None for a robot that
    stayed up."""
    silent: bool = False
    """Whether the controller once gave a number that is not finite."""


class Verdicts:
    """Verdicts of E motions in progress."""

    def __init__(
        self,
        num_envs: int,
        config: EvaluationConfig,
        thresholds: Thresholds,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        self._config, self._thresholds = config, thresholds
        self._cause = torch.zeros(num_envs, dtype=torch.int64, device=device)
        self._failure_frame = torch.full_like(self._cause, -1)
        self._down_frame = torch.full_like(self._cause, -1)
        self._silent = torch.zeros_like(self._cause, dtype=torch.bool)

    @property
    def failed(self) -> Tensor:
        """(E,) bool: failed now or earlier."""
        return self._cause > 0

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        self._cause[env_ids] = 0
        self._failure_frame[env_ids] = -1
        self._down_frame[env_ids] = -1
        self._silent[env_ids] = False

    def judge(
        self,
        now: Moment,
        *,
        unstable: Tensor,
        silent: Tensor,
        frames: Tensor,
        active: Tensor,
    ) -> None:
        """Look at one instant.

        Comparisons are written so that a NaN fails.

        Args:
            now: Robots, and what they are asked to be.
            unstable: (E,) bool, the physics broke down now or earlier.
            silent: (E,) bool, the controller gave no finite number, now or earlier.
            frames: (E,) int64 current frame.
            active: (E,) bool.
        """
        limits = self._thresholds
        fell = fallen(now, self._config, limits)
        lost = ~(MEASURES[self._config.lost](now) <= limits.tracking_lost)
        cause = torch.where(lost, _CAUSES.index(TRACKING_LOST), 0)
        cause = torch.where(fell, _CAUSES.index(FALL), cause)
        cause = torch.where(unstable, _CAUSES.index(UNSTABLE), cause)
        cause = torch.where(silent, _CAUSES.index(CONTROLLER_NAN), cause)
        first = active & (cause > 0) & (self._cause == 0)
        self._cause = torch.where(first, cause, self._cause)
        self._failure_frame = torch.where(first, frames, self._failure_frame)
        self._silent |= active & silent
        down = active & (fell | unstable | silent) & (self._down_frame < 0)
        self._down_frame = torch.where(down, frames, self._down_frame)

    def verdict(self, env: int) -> Verdict:
        """Outcome so far of one environment's motion."""
        cause, frame, down = (
            int(values[env]) for values in (self._cause, self._failure_frame, self._down_frame)
        )
        return Verdict(
            failure_cause=_CAUSES[cause] or None,
            failure_frame=frame if cause else None,
            down_frame=down if down >= 0 else None,
            silent=bool(self._silent[env]),
        )


def fallen(now: Moment, config: EvaluationConfig, thresholds: Thresholds) -> Tensor:
    """(E,) bool: leaning or sunk beyond the thresholds; what is not a number has fallen."""
    leaning, drop = MEASURES[config.tilt](now), MEASURES[config.drop](now)
    return ~((leaning <= thresholds.fall_tilt) & (drop <= thresholds.fall_drop))

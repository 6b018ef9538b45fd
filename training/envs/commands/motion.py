"""Following reference motions: which clip, from where, and what the next frame asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from motionlib.motion import MotionStates
from training.envs.commands.base import CommandConfig, Setting, command
from training.envs.commands.reference import check_library, reference_table, reset_state
from training.envs.commands.sampling import MotionSampler, SamplingConfig
from training.envs.moment import Goal
from training.envs.snapshot import Snapshot
from training.kinds import member_of
from training.ranges import Natural
from training.simulators.base import ResetState
from training.values import ConfigError, check_fields


@member_of(CommandConfig)
@dataclass(frozen=True, slots=True, kw_only=True)
class MotionCommandConfig(CommandConfig):
    """Follow the clips of a motion library."""

    kind: Literal["motion"] = "motion"
    cross_clips: bool = False
    """Let an episode run from the last frame of a clip into the first of the next."""
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    table_mb: Natural = 0
    """MB of references up to which they are brought into memory as one table, which is fastest;
    more are read from the library's file step by step. 0: no limit."""

    def __post_init__(self) -> None:
        check_fields(self)


class MotionGoal(NamedTuple):
    """Frames of references, one for each robot."""

    reference: Snapshot

    def take(self, env_ids: Tensor) -> "MotionGoal":
        """See `Goal.take`."""
        return MotionGoal(self.reference.take(env_ids))


@command(MotionCommandConfig)
class MotionCommand:
    """E robots on frames of a library.

    `frames` belongs to the state that the simulator shows; a goal is about the frame after it.
    """

    end_name = "clip_end"

    def __init__(
        self,
        config: MotionCommandConfig,
        setting: Setting,
    ) -> None:
        """Prepare the table.

        Raises:
            ConfigError: No motions were given.
            MotionError: They cannot be tracked by this robot.
        """
        if setting.lib is None:
            raise ConfigError("env.command follows motions, but none are given")
        check_library(setting.lib, setting.robot)
        self.config, self.lib = config, setting.lib
        lib = self.lib
        self._generator = setting.generator
        self._table = reference_table(lib, setting.selection, most_mb=config.table_mb)
        self._sampler = MotionSampler(
            lib,
            config.sampling,
            rate=1.0 / setting.facts.control_dt,
            generator=setting.generator,
        )
        last_rows = lib.starts + lib.num_frames - 1
        self._ends = last_rows.max().expand_as(last_rows) if config.cross_clips else last_rows
        self.motion_ids = torch.zeros(setting.num_envs, dtype=torch.int64, device=lib.starts.device)
        """(E,) int64 clip that each robot follows."""
        self._rows = self.motion_ids.clone()

    @property
    def frames(self) -> Tensor:
        """(E,) int64 reference frame of the current state, within each environment's clip."""
        return self._rows - self.lib.starts[self.motion_ids]

    def reference(self) -> MotionStates:
        """(E, ...) rows: the reference of the current frame, all bodies."""
        return self.lib.frames(self._rows)

    def place(self, env_ids: Tensor, motion_ids: Tensor, frames: Tensor) -> ResetState:
        """Put (K,) environments on frames of clips; where their robots belong then."""
        self.motion_ids[env_ids] = motion_ids
        self._rows[env_ids] = self.lib.starts[motion_ids] + frames
        return reset_state(self.lib, self._rows[env_ids])

    def start(self, env_ids: Tensor) -> ResetState:
        """See `Command.start`: on frames that the sampler draws."""
        return self.place(env_ids, *self._sampler.sample(len(env_ids)))

    def advance(self) -> None:
        """See `Command.advance`: to the next frame, or held at the last one."""
        # in place: state made under inference_mode could not be changed outside of it
        self._rows.copy_(self._rows_ahead(1))
        if self.config.cross_clips:
            following = torch.searchsorted(self.lib.starts, self._rows, right=True) - 1
            self.motion_ids.copy_(following)

    def goal(self, ahead: int = 1) -> MotionGoal:
        """See `Command.goal`."""
        return MotionGoal(self._table.rows(self._rows_ahead(ahead)))

    def ended(self) -> Tensor:
        """See `Command.ended`: at the clip's last frame."""
        return self._rows == self._ends[self.motion_ids]

    def failed(self, env_ids: Tensor) -> None:
        """See `Command.failed`: the sampler learns where."""
        if len(env_ids):
            self._sampler.record_failures(self.motion_ids[env_ids], self.frames[env_ids])
        self._sampler.end_step()

    def demonstrations(self, count: int, num_frames: int) -> Sequence[tuple[Snapshot, Goal]]:
        """See `Command.demonstrations`: windows within clips, each as often as it fits."""
        lib = self.lib
        fits = (lib.num_frames - (num_frames - 1)).clamp(min=0)
        if not bool(fits.sum() > 0):
            raise ValueError(f"no clip has the {num_frames} frames that a group's history needs")
        ends = fits.cumsum(0)
        unit = torch.rand(count, generator=self._generator, device=ends.device, dtype=torch.float64)
        drawn = (unit * ends[-1]).long().clamp(max=int(ends[-1]) - 1)
        motion_ids = torch.searchsorted(ends, drawn, right=True)
        first = lib.starts[motion_ids] + drawn - (ends - fits)[motion_ids]
        found = []
        for frame in range(num_frames):
            robot = self._table.rows(first + frame)
            found.append((robot, MotionGoal(robot)))
        return found

    def metrics(self) -> dict[str, Tensor]:
        """See `Command.metrics`: `sampling_...`."""
        return self._sampler.metrics()

    def state_dict(self) -> dict[str, Any]:
        """See `Command.state_dict`: the sampler's statistics by motion name, and where all are."""
        return {
            "sampler": self._sampler.state_dict(),
            "motion_ids": self.motion_ids.clone(),
            "rows": self._rows.clone(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See `Command.load_state_dict`."""
        self._sampler.load_state_dict(state["sampler"])
        self.motion_ids.copy_(state["motion_ids"])
        self._rows.copy_(state["rows"])

    def _rows_ahead(self, ahead: int) -> Tensor:
        return torch.minimum(self._rows + ahead, self._ends[self.motion_ids])

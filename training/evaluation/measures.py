"""All measures of the motions in progress, gathered frame by frame into a table row each."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.evaluation.config import EvaluationConfig
from training.evaluation.definitions.definitions import Definitions
from training.evaluation.definitions.tally import Tally
from training.evaluation.definitions.told import BEFORE
from training.evaluation.metrics import target_rate
from training.evaluation.streams import ErrorSeries, JerkStream, SeriesBins
from training.evaluation.verdicts import Verdict
from training.simulators.base import SimState

OVER_TIME = ("normalized_jerk", "action_rate")
"""Columns that are about neighbouring instants, not about one."""


class MotionMeasures:
    """All measures of E motions in progress."""

    def __init__(
        self,
        num_envs: int,
        *,
        robot: Robot,
        dt: float,
        config: EvaluationConfig,
        reference: Callable[[], MotionStates] | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        """Prepare empty streams.

        Args:
            num_envs: E.
            robot: Of all environments.
            dt: s, control step.
            config: What is measured.
            reference: (E, ...) what robots follow at the current frame, all bodies; None where
                they follow no motion, which leaves other projects' definitions out.
            device: Where the environment computes.
        """
        self._dt, self._config = dt, config
        self._used = sorted({use.measure for use in config.columns.values()})
        self._definitions = (
            None
            if reference is None
            else Definitions(num_envs, robot=robot, dt=dt, reference=reference, device=device)
        )
        width = len(self._used) + 1
        if self._definitions is not None:
            width += self._definitions.width
        self._tally = Tally(num_envs, width, device=device)
        self._bins = SeriesBins(num_envs, config.series_points, device=device)
        self._jerk = JerkStream(
            num_envs,
            len(robot.tracked_bodies),
            dt,
            window_s=config.jerk_window_s,
            epsilon=config.jerk_epsilon,
            device=device,
        )
        self._targets: Tensor | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a row."""
        means = [name for name, use in self._config.columns.items() if use.over == "mean"]
        plain = (*self._config.columns, *OVER_TIME)
        if self._definitions is None:
            return plain
        twins = (f"{name}{BEFORE}" for name in (*means, "action_rate"))
        return (*plain, *twins, "high_jerk_share", *self._definitions.columns)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        for stream in (self._tally, self._bins, self._jerk, self._definitions):
            if stream is not None:
                stream.clear(env_ids)

    def start(
        self,
        now: Moment,
        positions: Tensor,
        *,
        state: SimState,
        num_frames: Tensor,
        active: Tensor,
    ) -> None:
        """Frame 0: part of jerk and of the plotted series, not of averages."""
        self._jerk.add(positions, active)
        frames = torch.zeros_like(num_frames)
        self._bins.add(self._kept(now), frames=frames, num_frames=num_frames, active=active)
        if self._definitions is not None:
            self._definitions.start(now, state, active=active)

    def add(
        self,
        now: Moment,
        positions: Tensor,
        *,
        state: SimState,
        targets: Tensor,
        frames: Tensor,
        num_frames: Tensor,
        active: Tensor,
        failed: Tensor,
        broken: Tensor,
    ) -> None:
        """One later frame.

        Args:
            now: Robots, and what they are asked to be.
            positions: (E, K, 3) m, tracked bodies.
            state: All bodies of the robots.
            targets: (E, D) rad, of the step that led here.
            frames: (E,) int64 current frame.
            num_frames: (E,) int64 frames of the motion.
            active: (E,) bool, has a motion.
            failed: (E,) bool, failed now or earlier, by our definition.
            broken: (E,) bool, the physics or the controller broke down now or earlier.
        """
        self._jerk.add(positions, active)
        self._bins.add(self._kept(now), frames=frames, num_frames=num_frames, active=active)
        previous = targets if self._targets is None else self._targets
        rate = target_rate(targets, previous, self._dt)
        self._targets = targets.clone()
        # the first command of a motion follows no other
        values = [*(MEASURES[name](now) for name in self._used), torch.where(frames > 1, rate, 0.0)]
        table = torch.stack(values, dim=-1)
        if self._definitions is not None:
            more = self._definitions.add(
                now, state, frames=frames, active=active, failed=failed, broken=broken
            )
            table = torch.cat((table, more), dim=-1)
        self._tally.add(table, active=active, failed=failed)

    def row(self, env_id: int, verdict: Verdict, *, fps: float) -> dict[str, Any]:
        """Values of the table's measures for one environment.

        Args:
            env_id: Which.
            verdict: Of its motion; where the controller gave no number, what is averaged over the
                whole motion is null.
            fps: Frames a second.
        """
        tally, count, before = self._tally, self.frames(env_id) - 1, self.frames_before(env_id)
        whole, most, sound = tally.whole(env_id), tally.most(env_id), tally.before(env_id)
        place = {name: index for index, name in enumerate(self._used)}
        rate, config = len(self._used), self._config.columns
        values: dict[str, Any] = {}
        for column, use in config.items():
            index = place[use.measure]
            values[column] = most[index] if use.over == "max" else whole[index] / count
        values["normalized_jerk"] = self._jerk.mean(env_id)
        values["action_rate"] = whole[rate] / (count - 1) if count > 1 else None
        if self._definitions is not None:
            for column, use in config.items():
                if use.over == "mean":
                    total = sound[place[use.measure]]
                    values[f"{column}{BEFORE}"] = total / before if before else None
            values[f"action_rate{BEFORE}"] = sound[rate] / (before - 1) if before > 1 else None
            values["high_jerk_share"] = self._jerk.high_share(env_id)
            values |= self._definitions.row(
                env_id,
                whole=whole[rate + 1 :],
                before=sound[rate + 1 :],
                most=most[rate + 1 :],
                counts=(count, before),
                verdict=verdict,
                fps=fps,
            )
        if verdict.silent:
            values |= {name: None for name in values if self._is_whole(name)}
        return values

    def frames(self, env_id: int) -> int:
        """Frames measured in one environment, frame 0 included."""
        return int(self._tally.count[env_id]) + 1

    def frames_before(self, env_id: int) -> int:
        """Frames after frame 0 and before the first failure, in one environment."""
        return int(self._tally.count_before[env_id])

    def series(self, env_id: int) -> ErrorSeries:
        """Error over time of one environment's motion."""
        return self._bins.series(env_id, dt=self._dt)

    def _kept(self, now: Moment) -> dict[str, Tensor]:
        return {name: MEASURES[measure](now) for name, measure in self._config.series.items()}

    def _is_whole(self, name: str) -> bool:
        """Whether a column is of the whole motion, and no verdict."""
        kept = self._definitions.verdicts if self._definitions is not None else ()
        return not name.endswith(BEFORE) and name not in kept

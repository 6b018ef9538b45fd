"""All measures of the motions in progress, gathered frame by frame into a table row each."""

import torch
from torch import Tensor

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.evaluation.config import EvaluationConfig
from training.evaluation.metrics import target_rate
from training.evaluation.streams import ErrorSeries, JerkStream, MetricSums, SeriesBins

OVER_TIME = ("normalized_jerk", "action_rate")
"""Columns that are about neighbouring instants, not about one."""


class MotionMeasures:
    """All measures of E motions in progress."""

    def __init__(
        self,
        num_envs: int,
        *,
        num_bodies: int,
        dt: float,
        config: EvaluationConfig,
        device: torch.device | str = "cpu",
    ) -> None:
        self._dt, self._config = dt, config
        self._used = sorted({use.measure for use in config.columns.values()})
        self._sums = MetricSums(num_envs, device=device)
        self._rates = MetricSums(num_envs, device=device)
        self._bins = SeriesBins(num_envs, config.series_points, device=device)
        self._jerk = JerkStream(
            num_envs,
            num_bodies,
            dt,
            window_s=config.jerk_window_s,
            epsilon=config.jerk_epsilon,
            device=device,
        )
        self._targets: Tensor | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a row."""
        return (*self._config.columns, *OVER_TIME)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        for stream in (self._sums, self._rates, self._bins, self._jerk):
            stream.clear(env_ids)

    def start(self, now: Moment, positions: Tensor, *, num_frames: Tensor, active: Tensor) -> None:
        """Frame 0: part of jerk and of the plotted series, not of averages."""
        self._jerk.add(positions, active)
        frames = torch.zeros_like(num_frames)
        self._bins.add(self._kept(now), frames=frames, num_frames=num_frames, active=active)

    def add(
        self,
        now: Moment,
        positions: Tensor,
        *,
        targets: Tensor,
        frames: Tensor,
        num_frames: Tensor,
        active: Tensor,
    ) -> None:
        """One later frame."""
        self._sums.add({name: MEASURES[name](now) for name in self._used}, active)
        self._jerk.add(positions, active)
        self._bins.add(self._kept(now), frames=frames, num_frames=num_frames, active=active)
        previous = targets if self._targets is None else self._targets
        rate = target_rate(targets, previous, self._dt)
        # the first command of a motion follows no other
        self._rates.add({"action_rate": rate}, active & (frames > 1))
        self._targets = targets.clone()

    def row(self, env_id: int) -> dict[str, float | None]:
        """Values of the table's measures for one environment."""
        values: dict[str, float | None] = {}
        for column, use in self._config.columns.items():
            of = self._sums.maximum if use.over == "max" else self._sums.mean
            values[column] = of(use.measure, env_id)
        values["normalized_jerk"] = self._jerk.mean(env_id)
        values["action_rate"] = self._rates.mean("action_rate", env_id)
        return values

    def frames(self, env_id: int) -> int:
        """Frames measured in one environment, frame 0 included."""
        return int(self._sums.count[env_id]) + 1

    def series(self, env_id: int) -> ErrorSeries:
        """Error over time of one environment's motion."""
        return self._bins.series(env_id, dt=self._dt)

    def _kept(self, now: Moment) -> dict[str, Tensor]:
        return {name: MEASURES[measure](now) for name, measure in self._config.series.items()}

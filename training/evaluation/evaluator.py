"""Full evaluation: every motion once, whole, from its first frame, one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.motion import MotionStates
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.controllers import Controller
from training.evaluation.environment import EvaluableEnv
from training.evaluation.instants import (
    copy_state,
    finite_envs,
    hold,
    instant_errors,
    scored_bodies,
)
from training.evaluation.measures import MotionMeasures
from training.evaluation.rows import motion_row
from training.evaluation.streams import ErrorSeries
from training.evaluation.tables import check_books, table_from_rows
from training.evaluation.verdicts import Verdict, Verdicts
from training.simulators.base import SimState

Progress = Callable[[int, int], None]
"""Called with motion frames done and motion frames in all."""
_IDLE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """What one controller did on every motion of a library."""

    controller: str
    table: pa.Table
    """One row a motion, library order; see `tables.COLUMNS`."""
    series: dict[str, ErrorSeries]
    """Error over time by motion name."""
    env_steps: int
    """Control steps simulated, idle environments included."""
    motion_steps: int
    """Control steps that belong to a motion."""


def evaluate(
    env: EvaluableEnv,
    controller: Controller,
    *,
    config: EvaluationConfig | None = None,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Run every motion of `env.lib` once under `controller`.

    Longest motions start first and a free environment takes the next one, so that few steps are
    spent on nothing. A motion that failed is not reset: its errors are measured to its end,
    which is what keeps a fall from flattering the averages. Where the physics broke down, the
    robot counts as lying where it was last seen.

    Measures are averaged over frames 1 ... T-1; frame 0 is the reference itself, and is checked
    to be. A motion of one frame has a row without measures and without a verdict.

    Args:
        env: Built for evaluation: no noise, pushes or randomisation.
        controller: Deterministic.
        config: Thresholds and details; defaults of `EvaluationConfig`.
        progress: Called after every control step.

    Raises:
        MotionError: A motion does not start on its reference, or the controller gave a number
            that is not finite.
        ValueError: The environment lost count of frames.
    """
    was_resetting, env.auto_reset = env.auto_reset, False
    try:
        with torch.no_grad():
            run = _Run(env, controller, config or EvaluationConfig())
            while run.step():
                if progress is not None:
                    progress(run.frames_done, run.frames_in_all)
            return run.result()
    finally:
        env.auto_reset = was_resetting


class _Run:
    """One pass over a library: which motion each environment follows, and what was measured."""

    def __init__(self, env: EvaluableEnv, controller: Controller, config: EvaluationConfig) -> None:
        lib, device, count = env.lib, env.device, env.num_envs
        self._env, self._controller, self._config, self._lib = env, controller, config, lib
        self._bodies = scored_bodies(lib.robot, device=device)
        self._measures = MotionMeasures(
            count,
            num_bodies=len(self._bodies.tracked),
            dt=env.control_dt,
            config=config,
            device=device,
        )
        self._thresholds = thresholds_for(lib.robot, config)
        self._verdicts = Verdicts(
            count, self._thresholds, anchor=self._bodies.anchor, device=device
        )
        order = torch.argsort(lib.num_frames, descending=True, stable=True)
        self._waiting: list[int] = order.flip(0).tolist()
        self._rows: dict[int, dict[str, Any]] = {}
        self._series: dict[int, ErrorSeries] = {}
        self._motions = torch.full((count,), _IDLE, dtype=torch.int64, device=device)
        self._frames = torch.zeros(count, dtype=torch.int64, device=device)
        self._frozen = torch.zeros(count, dtype=torch.bool, device=device)
        self._env_steps = 0
        self.frames_done = 0
        self.frames_in_all = int(lib.num_frames.sum())
        self._assign(torch.arange(count, device=device))
        self._state = copy_state(env.sim.state())
        self._obs = env.observe()

    def step(self) -> bool:
        """Advance all environments by one frame; False when no motion is left."""
        active = self._motions != _IDLE
        if not active.any():
            return False
        command = self._controller.command(self._env, self._obs)
        self._require_finite(command.targets, active)
        outcome = self._env.step_targets(command.targets, command.actions)
        self._obs = outcome.obs
        self._env_steps += self._env.num_envs
        self._frames += active
        self.frames_done += int(active.sum())
        self._require_in_step(active)
        self._measure(command.targets, active)
        finished = active & (self._frames == self._length() - 1)
        if finished.any():
            self._finish(finished.nonzero().squeeze(-1))
        return True

    def result(self) -> EvaluationResult:
        """Table and series of all motions, in library order."""
        lib = self._lib
        table = table_from_rows([self._rows[m] for m in range(lib.num_motions)])
        check_books(table, dict(zip(lib.names, lib.num_frames.tolist(), strict=True)))
        return EvaluationResult(
            controller=self._controller.name,
            table=table,
            series={lib.names[m]: self._series[m] for m in sorted(self._series)},
            env_steps=self._env_steps,
            motion_steps=self.frames_in_all - lib.num_motions,
        )

    def _length(self) -> Tensor:
        return self._lib.num_frames[self._motions.clamp(min=0)]

    def _reference(self) -> MotionStates:
        rows = self._lib.starts[self._motions.clamp(min=0)] + self._frames
        return self._lib.states.frames(rows)

    def _assign(self, env_ids: Tensor) -> None:
        """Give free environments the next motions; those of one frame are over at once."""
        taken: list[tuple[int, int]] = []
        for env_id in env_ids.tolist():
            while self._waiting:
                motion = self._waiting.pop()
                self.frames_done += 1
                if int(self._lib.num_frames[motion]) > 1:
                    taken.append((env_id, motion))
                    break
                self._rows[motion] = self._row(motion, None, {}, evaluated_frames=1)
        self._motions[env_ids] = _IDLE
        self._frames[env_ids] = 0
        self._frozen[env_ids] = False
        self._measures.clear(env_ids)
        self._verdicts.clear(env_ids)
        if taken:
            pairs = torch.tensor(taken, device=env_ids.device)
            ids, motions = pairs[:, 0].contiguous(), pairs[:, 1].contiguous()
            self._motions[ids] = motions
            self._env.reset_to_reference(ids, motions, torch.zeros_like(ids))
            self._start(ids)

    def _start(self, ids: Tensor) -> None:
        """Measure frame 0 of (K,) environments, which must be the reference itself."""
        state = self._env.sim.state()
        errors = instant_errors(state, self._reference(), self._bodies)
        off = errors["body_pos_error"][ids]
        within = off <= self._config.start_tolerance
        if not bool(within.all()):
            name = self._lib.names[int(self._motions[ids[~within][0]])]
            raise MotionError(
                f"{name}: starts {float(off[~within][0]):.4f} m from its reference, expected at "
                f"most {self._config.start_tolerance} m; robot model and motion library do not "
                "agree on where bodies are"
            )
        started = torch.zeros_like(self._frozen)
        started[ids] = True
        positions = state.body_pos[:, self._bodies.tracked]
        self._measures.start(errors, positions, num_frames=self._length(), active=started)

    def _measure(self, targets: Tensor, active: Tensor) -> None:
        state, reference = self._settled_state(active), self._reference()
        errors = instant_errors(state, reference, self._bodies)
        self._measures.add(
            errors,
            state.body_pos[:, self._bodies.tracked],
            targets=targets,
            frames=self._frames,
            num_frames=self._length(),
            active=active,
        )
        self._verdicts.judge(
            state,
            reference,
            body_pos_error=errors["body_pos_error"],
            unstable=self._frozen,
            frames=self._frames,
            active=active,
        )

    def _settled_state(self, active: Tensor) -> SimState:
        """Current state; where the physics broke down, the last pose that was sound."""
        state = copy_state(self._env.sim.state())
        broken = state.unstable | ~finite_envs(state)
        self._frozen |= active & broken
        self._state = hold(state, self._state, self._frozen | broken)
        if broken.any():
            # the engine needs a sound state to go on; what it does there is no longer measured
            ids = broken.nonzero().squeeze(-1)
            motions = self._motions[ids].clamp(min=0)
            self._env.reset_to_reference(ids, motions, self._frames[ids])
            self._obs = self._env.observe()
        return self._state

    def _finish(self, env_ids: Tensor) -> None:
        for env_id in env_ids.tolist():
            motion = int(self._motions[env_id])
            self._rows[motion] = self._row(
                motion,
                self._verdicts.verdict(env_id),
                self._measures.row(env_id),
                evaluated_frames=self._measures.frames(env_id),
            )
            self._series[motion] = self._measures.series(env_id)
        self._assign(env_ids)
        others = torch.ones_like(self._frozen)
        others[env_ids] = False
        self._state = hold(copy_state(self._env.sim.state()), self._state, others)
        self._obs = self._env.observe()

    def _row(
        self,
        motion: int,
        verdict: Verdict | None,
        measured: Mapping[str, float | None],
        *,
        evaluated_frames: int,
    ) -> dict[str, Any]:
        return motion_row(
            self._lib,
            motion,
            controller=self._controller.name,
            verdict=verdict,
            measured=measured,
            evaluated_frames=evaluated_frames,
            moving_speed=self._thresholds.moving_speed,
        )

    def _require_finite(self, targets: Tensor, active: Tensor) -> None:
        bad = active & ~torch.isfinite(targets).all(dim=-1)
        if bad.any():
            env_id = int(bad.nonzero()[0])
            raise MotionError(
                f"{self._controller.name}: targets are not finite in motion "
                f"{self._lib.names[int(self._motions[env_id])]} at frame "
                f"{int(self._frames[env_id])}; the controller is broken"
            )

    def _require_in_step(self, active: Tensor) -> None:
        if not torch.equal(self._env.frames[active], self._frames[active]):
            raise ValueError("the environment's reference frame is not the evaluator's")

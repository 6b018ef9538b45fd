"""Full evaluation: every case once, whole, from its first frame, one row each.

A case is a motion, where the command follows motions; see `cases`.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from motionlib.errors import MotionError
from training.envs.measures.tracking import has_reference, world_body_pos
from training.envs.moment import Moment
from training.evaluation.cases import Following, find_cases
from training.evaluation.columns import table_columns
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.controllers import Command, Controller
from training.evaluation.environment import EvaluableEnv
from training.evaluation.instants import copy_state, finite_envs, hold
from training.evaluation.measures import MotionMeasures
from training.evaluation.rows import case_row
from training.evaluation.streams import ErrorSeries
from training.evaluation.tables import check_books, table_from_rows
from training.evaluation.verdicts import Verdict, Verdicts
from training.simulators.base import SimState

_LOG = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
"""Called with motion frames done and motion frames in all."""
_IDLE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """What one controller did on every motion of a library."""

    controller: str
    table: pa.Table
    """One row a case, in their order; see `tables.table_columns`."""
    series: dict[str, ErrorSeries]
    """Errors over time, by case."""
    env_steps: int
    """Control steps simulated, idle environments included."""
    motion_steps: int
    """Control steps that belong to a case."""


def evaluate(
    env: EvaluableEnv,
    controller: Controller,
    *,
    config: EvaluationConfig | None = None,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Run every case of the environment's command once under `controller`.

    The longest start first and a free environment takes the next one, so that few steps are
    spent on nothing. A case that failed is not reset: its errors are measured to its end,
    which is what keeps a fall from flattering the averages; averages of the frames before the
    failure stand beside them. Where the physics broke down, the robot counts as lying where it
    was last seen. Where the controller gave a number that is not finite, the motion has failed,
    is named, and has no averages over the whole of it.

    Measures are averaged over frames 1 ... T-1; frame 0 is the reference itself, and is checked
    to be. A case of one frame has a row without measures and without a verdict.

    Args:
        env: Built for evaluation: no noise, pushes or randomisation.
        controller: Deterministic.
        config: Thresholds and details; defaults of `EvaluationConfig`.
        progress: Called after every control step.

    Raises:
        MotionError: A motion does not start on its reference.
        ValueError: The environment lost count of frames, or its command has no cases.
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
    """One pass over all cases: which one each environment is on, and what was measured."""

    def __init__(self, env: EvaluableEnv, controller: Controller, config: EvaluationConfig) -> None:
        device, count = env.device, env.num_envs
        self._env, self._controller, self._config = env, controller, config
        self._cases = find_cases(env.command)
        self._measures = MotionMeasures(
            count,
            robot=env.robot,
            dt=env.control_dt,
            config=config,
            reference=self._cases.reference if isinstance(self._cases, Following) else None,
            device=device,
        )
        self._thresholds = thresholds_for(env.robot, config)
        self._verdicts = Verdicts(count, config, self._thresholds, device=device)
        order = torch.argsort(self._cases.num_frames, descending=True, stable=True)
        self._waiting: list[int] = order.flip(0).tolist()
        self._rows: dict[int, dict[str, Any]] = {}
        self._series: dict[int, ErrorSeries] = {}
        self._running = torch.full((count,), _IDLE, dtype=torch.int64, device=device)
        self._frames = torch.zeros(count, dtype=torch.int64, device=device)
        self._frozen = torch.zeros(count, dtype=torch.bool, device=device)
        self._silent = torch.zeros_like(self._frozen)
        self._env_steps = 0
        self.frames_done = 0
        self.frames_in_all = int(self._cases.num_frames.sum())
        self._assign(torch.arange(count, device=device))
        self._state = copy_state(env.sim.state())
        self._obs = env.observe()

    def step(self) -> bool:
        """Advance all environments by one frame; False when no case is left."""
        active = self._running != _IDLE
        if not active.any():
            return False
        command = self._controller.command(self._env, self._obs)
        command = self._sound(command, active)
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
        """Table and series of all cases, in their order."""
        names, num_frames = self._cases.names, self._cases.num_frames.tolist()
        rows = [self._rows[case] for case in range(len(names))]
        layout = self._env.robot if isinstance(self._cases, Following) else None
        table = table_from_rows(rows, columns=table_columns(self._config, layout))
        check_books(table, dict(zip(names, num_frames, strict=True)))
        return EvaluationResult(
            controller=self._controller.name,
            table=table,
            series={names[case]: self._series[case] for case in sorted(self._series)},
            env_steps=self._env_steps,
            motion_steps=self.frames_in_all - len(names),
        )

    def _length(self) -> Tensor:
        return self._cases.num_frames[self._running.clamp(min=0)]

    def _assign(self, env_ids: Tensor) -> None:
        """Give free environments the next cases; those of one frame are over at once."""
        taken: list[tuple[int, int]] = []
        for env_id in env_ids.tolist():
            while self._waiting:
                case = self._waiting.pop()
                self.frames_done += 1
                if int(self._cases.num_frames[case]) > 1:
                    taken.append((env_id, case))
                    break
                nothing = dict.fromkeys(self._measures.columns)
                self._rows[case] = self._row(case, None, nothing, evaluated_frames=1)
        self._running[env_ids] = _IDLE
        self._frames[env_ids] = 0
        self._frozen[env_ids] = self._silent[env_ids] = False
        self._measures.clear(env_ids)
        self._verdicts.clear(env_ids)
        if taken:
            pairs = torch.tensor(taken, device=env_ids.device)
            ids, cases = pairs[:, 0].contiguous(), pairs[:, 1].contiguous()
            self._running[ids] = cases
            self._place(ids, torch.zeros_like(ids))
            self._start(ids)

    def _place(self, ids: Tensor, frames: Tensor) -> None:
        cases = self._running[ids].clamp(min=0)
        self._env.restart(ids, self._cases.place(ids, cases, frames))

    def _start(self, ids: Tensor) -> None:
        """Measure frame 0 of (K,) environments, which must be the reference itself."""
        state = self._env.sim.state()
        now = self._env.reached(state)
        off = world_body_pos(now)[ids] if has_reference(now) else torch.zeros(len(ids))
        within = off <= self._config.start_tolerance
        if not bool(within.all()):
            name = self._cases.names[int(self._running[ids[~within][0]])]
            raise MotionError(
                f"{name}: starts {float(off[~within][0]):.4f} m from its reference, expected at "
                f"most {self._config.start_tolerance} m; robot model and motion library do not "
                "agree on where bodies are"
            )
        started = torch.zeros_like(self._frozen)
        started[ids] = True
        positions = _tracked_pos(now)
        self._measures.start(now, positions, state=state, num_frames=self._length(), active=started)

    def _measure(self, targets: Tensor, active: Tensor) -> None:
        state = self._settled_state(active)
        now = self._env.reached(state)
        self._verdicts.judge(
            now,
            unstable=self._frozen & ~self._silent,
            silent=self._silent,
            frames=self._frames,
            active=active,
        )
        self._measures.add(
            now,
            _tracked_pos(now),
            state=state,
            targets=targets,
            frames=self._frames,
            num_frames=self._length(),
            active=active,
            failed=self._verdicts.failed,
            broken=self._frozen,
        )

    def _settled_state(self, active: Tensor) -> SimState:
        """Current state; where the physics broke down, the last pose that was sound."""
        state = copy_state(self._env.sim.state())
        broken = state.unstable | ~finite_envs(state)
        self._frozen |= active & (broken | self._silent)
        self._state = hold(state, self._state, self._frozen | broken)
        if broken.any():
            # the engine needs a sound state to go on; what it does there is no longer measured
            ids = broken.nonzero().squeeze(-1)
            self._place(ids, self._frames[ids])
            self._obs = self._env.observe()
        return self._state

    def _finish(self, env_ids: Tensor) -> None:
        for env_id in env_ids.tolist():
            case, verdict = int(self._running[env_id]), self._verdicts.verdict(env_id)
            self._rows[case] = self._row(
                case,
                verdict,
                self._measures.row(env_id, verdict, fps=self._cases.fps),
                evaluated_frames=self._measures.frames(env_id),
            )
            self._series[case] = self._measures.series(env_id)
        self._assign(env_ids)
        others = torch.ones_like(self._frozen)
        others[env_ids] = False
        self._state = hold(copy_state(self._env.sim.state()), self._state, others)
        self._obs = self._env.observe()

    def _row(
        self,
        case: int,
        verdict: Verdict | None,
        measured: Mapping[str, Any],
        *,
        evaluated_frames: int,
    ) -> dict[str, Any]:
        return case_row(
            self._cases,
            case,
            controller=self._controller.name,
            verdict=verdict,
            measured=measured,
            evaluated_frames=evaluated_frames,
            thresholds=self._thresholds,
        )

    def _sound(self, command: Command, active: Tensor) -> Command:
        """A command without numbers that are not finite; whoever gave some has failed.

        The robot is told to stay as it is, and counts as lying there from now on.
        """
        bad = ~torch.isfinite(command.targets).all(dim=-1)
        if command.actions is not None:
            bad |= ~torch.isfinite(command.actions).all(dim=-1)
        if not bad.any():
            return command
        for env_id in (bad & active & ~self._silent).nonzero().squeeze(-1).tolist():
            _LOG.warning(
                "%s: targets are not finite in motion %s at frame %d; the motion counts as failed, "
                "its errors are not averaged",
                self._controller.name,
                self._cases.names[int(self._running[env_id])],
                int(self._frames[env_id]),
            )
        self._silent |= active & bad
        still = self._env.sim.state().dof_pos
        targets = torch.where(bad[:, None], still, command.targets)
        actions = command.actions
        return Command(targets, None if actions is None else actions.where(~bad[:, None], 0.0))

    def _require_in_step(self, active: Tensor) -> None:
        if not torch.equal(self._cases.frames()[active], self._frames[active]):
            raise ValueError("the environment's reference frame is not the evaluator's")


def _tracked_pos(now: Moment) -> Tensor:
    return now.robot.bodies.pos[:, : now.facts.num_tracked]

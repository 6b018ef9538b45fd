"""Full evaluation: every case once, whole, from its first frame, one row each.

A case is a motion, where the command follows motions; see `cases`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from motionlib.errors import MotionError
from training.envs.measures.tracking import has_reference, world_body_pos
from training.envs.moment import Moment
from training.envs.threads import few_threads
from training.evaluation.cases import find_cases
from training.evaluation.columns import table_columns
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.controllers import Controller
from training.evaluation.environment import EvaluableEnv
from training.evaluation.instants import copy_state, finite_envs, hold
from training.evaluation.measures import MotionMeasures
from training.evaluation.rows import case_row
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
    """One row a case, in their order; see `tables.table_columns`."""
    series: dict[str, ErrorSeries]
    """Errors over time, by case."""
    env_steps: int
    """Rounds times robots at once: what was stepped, and what stood idle meanwhile."""
    motion_steps: int
    """Control steps that belong to a case."""


def evaluate(
    env: EvaluableEnv,
    controller: Controller,
    *,
    robots: int | None = None,
    config: EvaluationConfig | None = None,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Run every case of the environment's command once under `controller`.

    The longest start first and a free environment takes the next one; environments without a
    case are not simulated. What is measured of a case does not depend on the others, nor on
    their order, nor on how many run at once, to the last bit, if the environment is of one size:
    see `tiles`. A case that failed is not reset: its errors are measured to its end,
    which is what keeps a fall from flattering the averages. Where the physics broke down, the
    robot counts as lying where it was last seen.

    Measures are averaged over frames 1 ... T-1; frame 0 is the reference itself, and is checked
    to be. A case of one frame has a row without measures and without a verdict.

    Args:
        env: Built for evaluation: no noise, pushes or randomisation.
        controller: Deterministic, a row of its answer a function of the same row of observations.
        robots: Environments that are used at once, the first ones; None: all.
        config: Thresholds and details; defaults of `EvaluationConfig`.
        progress: Called after every control step.

    Raises:
        MotionError: A motion does not start on its reference, or the controller gave a number
            that is not finite.
        ValueError: The environment lost count of frames, or its command has no cases.
    """
    was_resetting, env.auto_reset = env.auto_reset, False
    try:
        with torch.no_grad(), few_threads(env.num_envs, env.device):
            run = _Run(env, controller, config or EvaluationConfig(), robots=robots)
            while run.step():
                if progress is not None:
                    progress(run.frames_done, run.frames_in_all)
            return run.result()
    finally:
        env.auto_reset = was_resetting


class _Run:
    """One pass over all cases: which one each environment is on, and what was measured."""

    def __init__(
        self,
        env: EvaluableEnv,
        controller: Controller,
        config: EvaluationConfig,
        *,
        robots: int | None,
    ) -> None:
        device, count = env.device, env.num_envs
        self._env, self._controller, self._config = env, controller, config
        self._cases = find_cases(env.command)
        at_once = count if robots is None else min(robots, count, len(self._cases.names))
        self._measures = MotionMeasures(
            count,
            num_bodies=len(env.robot.tracked_bodies),
            dt=env.control_dt,
            config=config,
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
        self._at_once, self._rounds = at_once, 0
        self.frames_done = 0
        self.frames_in_all = int(self._cases.num_frames.sum())
        self._assign(torch.arange(at_once, device=device))
        self._state = copy_state(env.sim.state())

    def step(self) -> bool:
        """Advance all environments by one frame; False when no case is left."""
        active = self._running != _IDLE
        env_ids = active.nonzero().squeeze(-1)
        if not len(env_ids):
            return False
        obs = self._env.observe(self._controller.groups)
        command = self._controller.command(self._env, obs)
        self._require_finite(command.targets, active)
        self._env.drive(command.targets, command.actions, env_ids=env_ids)
        self._rounds += 1
        self._frames += active
        self.frames_done += len(env_ids)
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
        table = table_from_rows(rows, columns=table_columns(self._config))
        check_books(table, dict(zip(names, num_frames, strict=True)))
        return EvaluationResult(
            controller=self._controller.name,
            table=table,
            series={names[case]: self._series[case] for case in sorted(self._series)},
            env_steps=self._rounds * self._at_once,
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
        self._frozen[env_ids] = False
        self._measures.clear(env_ids)
        self._verdicts.clear(env_ids)
        if taken:
            pairs = torch.tensor(taken, device=env_ids.device)
            ids, cases = pairs[:, 0].contiguous(), pairs[:, 1].contiguous()
            self._running[ids] = cases
            self._place(ids, torch.zeros_like(ids))
            self._start(ids)

    def _place(self, ids: Tensor, frames: Tensor) -> None:
        # one by one: of tensors of another length the last bits may be others
        for one, frame in zip(ids.split(1), frames.split(1), strict=True):
            self._env.restart(one, self._cases.place(one, self._running[one], frame))

    def _start(self, ids: Tensor) -> None:
        """Measure frame 0 of (K,) environments, which must be the reference itself."""
        now = self._env.reached(self._env.sim.state())
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
        self._measures.start(now, positions, num_frames=self._length(), active=started)

    def _measure(self, targets: Tensor, active: Tensor) -> None:
        now = self._env.reached(self._settled_state(active))
        self._measures.add(
            now,
            _tracked_pos(now),
            targets=targets,
            frames=self._frames,
            num_frames=self._length(),
            active=active,
        )
        self._verdicts.judge(now, unstable=self._frozen, frames=self._frames, active=active)

    def _settled_state(self, active: Tensor) -> SimState:
        """Current state; where the physics broke down, the last pose that was sound."""
        state = copy_state(self._env.sim.state())
        broken = active & (state.unstable | ~finite_envs(state))
        self._frozen |= broken
        if not bool(self._frozen.any()):
            self._state = state
            return state
        self._state = hold(state, self._state, self._frozen)
        if broken.any():
            # the engine needs a sound state to go on; what it does there is no longer measured
            ids = broken.nonzero().squeeze(-1)
            self._place(ids, self._frames[ids])
        return self._state

    def _finish(self, env_ids: Tensor) -> None:
        for env_id in env_ids.tolist():
            case = int(self._running[env_id])
            self._rows[case] = self._row(
                case,
                self._verdicts.verdict(env_id),
                self._measures.row(env_id),
                evaluated_frames=self._measures.frames(env_id),
            )
            self._series[case] = self._measures.series(env_id)
        self._assign(env_ids)
        others = torch.ones_like(self._frozen)
        others[env_ids] = False
        self._state = hold(copy_state(self._env.sim.state()), self._state, others)

    def _row(
        self,
        case: int,
        verdict: Verdict | None,
        measured: Mapping[str, float | None],
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

    def _require_finite(self, targets: Tensor, active: Tensor) -> None:
        bad = active & ~torch.isfinite(targets).all(dim=-1)
        if bad.any():
            env_id = int(bad.nonzero()[0])
            raise MotionError(
                f"{self._controller.name}: targets are not finite in motion "
                f"{self._cases.names[int(self._running[env_id])]} at frame "
                f"{int(self._frames[env_id])}; the controller is broken"
            )

    def _require_in_step(self, active: Tensor) -> None:
        if not torch.equal(self._cases.frames()[active], self._frames[active]):
            raise ValueError("the environment's reference frame is not the evaluator's")


def _tracked_pos(now: Moment) -> Tensor:
    return now.robot.bodies.pos[:, : now.facts.num_tracked]

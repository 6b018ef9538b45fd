"""The environments of one tile, each on a case, and what is measured of them step by step."""

import logging
from collections.abc import Sequence

import torch
from torch import Tensor

from motionlib.errors import MotionError
from training.envs.measures.tracking import has_reference, world_body_pos
from training.envs.moment import Moment
from training.evaluation.cases import Following, find_cases
from training.evaluation.config import EvaluationConfig
from training.evaluation.controllers import Command, Controller
from training.evaluation.docket import Docket
from training.evaluation.environment import EvaluableEnv
from training.evaluation.instants import copy_state, finite_envs, hold
from training.evaluation.measures import MotionMeasures
from training.evaluation.recording import Sink, Tape
from training.evaluation.verdicts import Verdicts
from training.simulators.base import SimState

_LOG = logging.getLogger(__name__)
_IDLE = -1


class Lanes:
    """E environments, the first of which take cases from a docket until there are no more."""

    def __init__(
        self,
        env: EvaluableEnv,
        controller: Controller,
        *,
        docket: Docket,
        robots: int,
        config: EvaluationConfig,
        sinks: Sequence[Sink] = (),
    ) -> None:
        """Take the first cases.

        Args:
            env: Built for evaluation.
            controller: Drives all of them.
            docket: Of the evaluation.
            robots: Environments that take cases, the first ones.
            config: What is measured.
            sinks: What else becomes of every frame.

        Raises:
            MotionError: A motion does not start on its reference.
            ValueError: The command has no cases.
        """
        device, count = env.device, env.num_envs
        self._env, self._controller, self._config = env, controller, config
        self._docket = docket
        self._tapes = [Tape(sink, count) for sink in sinks]
        # of this environment's own command: the docket's may be another's
        self._cases = find_cases(env.command)
        self._measures = MotionMeasures(
            count,
            robot=env.robot,
            dt=env.control_dt,
            config=config,
            reference=self._cases.reference if isinstance(self._cases, Following) else None,
            device=device,
        )
        self._verdicts = Verdicts(count, config, docket.thresholds, device=device)
        self._running = torch.full((count,), _IDLE, dtype=torch.int64, device=device)
        self._frames = torch.zeros(count, dtype=torch.int64, device=device)
        self._frozen = torch.zeros(count, dtype=torch.bool, device=device)
        self._silent = torch.zeros_like(self._frozen)
        self.robots, self.rounds, self.frames_done = robots, 0, 0
        self._assign(torch.arange(robots, device=device))
        self._state = copy_state(env.sim.state())

    def step(self) -> bool:
        """Advance all environments by one frame; False when no case is left."""
        active = self._running != _IDLE
        env_ids = active.nonzero().squeeze(-1)
        if not len(env_ids):
            return False
        obs = self._env.observe(self._controller.groups)
        command = self._sound(self._controller.command(self._env, obs), active)
        self._env.drive(command.targets, command.actions, env_ids=env_ids)
        self.rounds += 1
        self._frames += active
        self.frames_done += len(env_ids)
        self._require_in_step(active)
        self._measure(command.targets, active)
        finished = active & (self._frames == self._length() - 1)
        if finished.any():
            self._finish(finished.nonzero().squeeze(-1))
        return True

    def _length(self) -> Tensor:
        return self._cases.num_frames[self._running.clamp(min=0)]

    def _assign(self, env_ids: Tensor) -> None:
        """Give free environments the next cases; those of one frame are over at once."""
        taken: list[tuple[int, int]] = []
        free = env_ids.tolist()
        while free and (cases := self._docket.take(len(free))):
            self.frames_done += len(cases)
            for case in cases:
                if int(self._cases.num_frames[case]) > 1:
                    taken.append((free.pop(0), case))
                    continue
                nothing = dict.fromkeys(self._measures.columns)
                self._docket.enter(case, None, measured=nothing, evaluated_frames=1)
        self._running[env_ids] = _IDLE
        self._frames[env_ids] = 0
        self._frozen[env_ids] = self._silent[env_ids] = False
        self._measures.clear(env_ids)
        self._verdicts.clear(env_ids)
        if taken:
            pairs = torch.tensor(taken, device=env_ids.device)
            ids = pairs[:, 0].contiguous()
            self._running[ids] = pairs[:, 1]
            self._place(ids, torch.zeros_like(ids))
            self._start(ids)

    def _place(self, ids: Tensor, frames: Tensor) -> None:
        # one by one: of tensors of another length the last bits may be others
        for one, frame in zip(ids.split(1), frames.split(1), strict=True):
            self._env.restart(one, self._cases.place(one, self._running[one], frame))

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
        for tape in self._tapes:
            tape.start(ids.tolist(), now, state)

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
        for tape in self._tapes:
            tape.add(now, state)

    def _settled_state(self, active: Tensor) -> SimState:
        """Current state; where the physics broke down, the last pose that was sound."""
        state = copy_state(self._env.sim.state())
        broken = active & (state.unstable | ~finite_envs(state))
        self._frozen |= broken | (active & self._silent)
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
            case, verdict = int(self._running[env_id]), self._verdicts.verdict(env_id)
            self._docket.enter(
                case,
                verdict,
                measured=self._measures.row(env_id, verdict, fps=self._cases.fps),
                evaluated_frames=self._measures.frames(env_id),
            )
            self._docket.series[case] = self._measures.series(env_id)
            for tape in self._tapes:
                tape.finish(env_id, self._cases.names[case])
        self._assign(env_ids)
        for tape in self._tapes:
            tape.forget()
        others = torch.ones_like(self._frozen)
        others[env_ids] = False
        self._state = hold(copy_state(self._env.sim.state()), self._state, others)

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

"""The tracking environment: advances time and calls the functions that say what it means."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from motionlib.library import MotionLib
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.actions import ActionMap
from training.envs.commands import tracking_errors
from training.envs.config import TrackingConfig
from training.envs.metrics import error_metrics, mean_columns
from training.envs.observations import ActorView, observations
from training.envs.randomization import (
    PushTimer,
    noisy_reset,
    robot_properties,
    soft_limits,
    spread_draw,
)
from training.envs.reference import (
    BodySelection,
    ReferenceTable,
    Snapshot,
    check_library,
    reset_state,
)
from training.envs.rewards import Rewards, limit_excess
from training.envs.sampling import MotionSampler
from training.envs.step import EnvStep
from training.envs.terminations import FAILURES, failures
from training.envs.threads import few_threads
from training.simulators.base import SimState, Simulator

_LOG = logging.getLogger(__name__)


class _Verdict(NamedTuple):
    reward: Tensor
    failed: Tensor
    log: dict[str, Tensor]


class TrackingEnv:
    """E robots that follow reference motions.

    `frames` belongs to the state that `sim.state()` shows; observations and actions are about the
    next frame, the one to be reached, against which the following step is rewarded.
    """

    def __init__(
        self,
        config: TrackingConfig,
        robot: Robot,
        lib: MotionLib,
        simulator: Simulator,
        *,
        seed: int = 0,
    ) -> None:
        check_library(lib, robot)
        self.config, self.robot, self.sim = config, robot, simulator
        self.device, self.num_envs = simulator.device, simulator.num_envs
        self.control_dt = simulator.config.control_dt
        self.lib = lib.at_fps(1.0 / self.control_dt).to(self.device)
        self.auto_reset = True
        self.num_actions = robot.num_dofs
        self._num_unstable, self._report_at = 0, 1
        self._generator = torch.Generator(self.device).manual_seed(seed)
        self._prepare_task()
        self._prepare_robots()
        self.obs_dims = {name: obs.shape[1] for name, obs in self.reset().items()}

    @property
    def frames(self) -> Tensor:
        """(E,) int64 reference frame of the current state, within each environment's clip."""
        return self._rows - self.lib.starts[self.motion_ids]

    def reset(self) -> dict[str, Tensor]:
        """Start every environment anew; observations."""
        with few_threads(self.num_envs, self.device):
            self._start_episodes(torch.arange(self.num_envs, device=self.device))
            return self.observe()

    def reset_to_reference(self, env_ids: Tensor, motion_ids: Tensor, frames: Tensor) -> None:
        """Put (K,) environments exactly on their reference, without noise; ids sorted, unique."""
        self._place(env_ids, motion_ids, frames)
        self.sim.reset_to(env_ids, reset_state(self.lib.states, self._rows[env_ids]))
        self._refresh_target()

    def observe(self) -> dict[str, Tensor]:
        """Current observations, with the configured noise."""
        shared, privileged = self._observe()
        return {
            "actor": self._actor_view(shared, self._joint_bias, generator=self._generator),
            "critic": torch.cat((shared, privileged), dim=-1),
        }

    def reference(self) -> MotionStates:
        """(E, ...) rows: the reference of the current frame, all bodies."""
        return self.lib.states.frames(self._rows)

    def targets_from_actions(self, actions: Tensor) -> Tensor:
        """(E, D) rad position targets that (E, D) actions mean now."""
        return self._action_map.targets(actions, self._target.dof_pos)

    def step(self, actions: Tensor) -> EnvStep:
        """Advance by one control step under (E, D) actions."""
        return self.step_targets(self.targets_from_actions(actions), actions)

    def step_targets(self, targets: Tensor, actions: Tensor | None = None) -> EnvStep:
        """Advance by one control step towards (E, D) rad targets.

        Args:
            targets: As the encoders read joints: their bias is taken off.
            actions: What the policy said, for observations and the action-rate penalty; zeros if
                it was no policy.
        """
        if self.config.push.enabled:
            self._push()
        self.sim.step(targets - self._joint_bias)
        with few_threads(self.num_envs, self.device):
            return self._end_step(torch.zeros_like(targets) if actions is None else actions)

    def state_dict(self) -> dict[str, Any]:
        """What survives a restart: the sampler's statistics by motion name."""
        return {"sampler": self._sampler.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._sampler.load_state_dict(state["sampler"])

    def _prepare_task(self) -> None:
        config, robot, lib = self.config, self.robot, self.lib
        ends = config.terminations.end_bodies
        if ends is None:
            ends = (*robot.foot_bodies, *robot.hand_bodies)
        if config.terminations.head:
            ends = (*ends, robot.head_body)
        self._bodies = BodySelection(robot, end_bodies=ends, device=self.device)
        self._table = ReferenceTable(lib, self._bodies)
        self._rewards = Rewards(config.rewards, control_dt=self.control_dt, device=self.device)
        self._sampler = MotionSampler(
            lib, config.sampling, rate=1.0 / self.control_dt, generator=self._generator
        )
        last_rows = lib.starts + lib.num_frames - 1
        self._ends = last_rows.max().expand_as(last_rows) if config.cross_clips else last_rows
        self._max_steps = config.episode_s / self.control_dt - 0.5

    def _prepare_robots(self) -> None:
        config, robot, device = self.config, self.robot, self.device
        profile = self.sim.config.actuator_profile
        self._action_map = ActionMap(config.action, robot, profile=profile, device=device)
        self._default_dof_pos = self._tensor(robot.default_dof_pos)
        self._soft_limits = soft_limits(self._tensor(robot.dof_limits), robot.soft_limit_factor)
        self._actor_view = ActorView(config.observations, num_dofs=robot.num_dofs, device=device)
        count = self.num_envs
        self.motion_ids = torch.zeros(count, dtype=torch.int64, device=device)
        self._rows, self._steps = self.motion_ids.clone(), self.motion_ids.clone()
        self._last_action = torch.zeros(count, robot.num_dofs, device=device)
        bias = torch.empty_like(self._last_action).uniform_(-1.0, 1.0, generator=self._generator)
        self._joint_bias = config.randomization.joint_bias * bias
        self._timer = PushTimer(config.push.interval_s, count, generator=self._generator)
        self.sim.randomize(robot_properties(config.randomization, count, generator=self._generator))

    def _tensor(self, values: Any) -> Tensor:
        return torch.as_tensor(values, dtype=torch.float32, device=self.device)

    def _push(self) -> None:
        ids = self._timer.due(self.control_dt)
        if len(ids):
            kick = spread_draw(self.config.push.velocity, len(ids), generator=self._generator)
            self.sim.push(ids, kick[:, :3], kick[:, 3:])

    def _advance(self) -> None:
        self._steps += 1
        # in place: state made under inference_mode could not be changed outside of it
        self._rows.copy_(self._next_rows())
        if self.config.cross_clips:
            following = torch.searchsorted(self.lib.starts, self._rows, right=True) - 1
            self.motion_ids.copy_(following)

    def _next_rows(self) -> Tensor:
        return torch.minimum(self._rows + 1, self._ends[self.motion_ids])

    def _refresh_target(self) -> None:
        self._target = self._table.rows(self._next_rows())

    def _end_step(self, actions: Tensor) -> EnvStep:
        self._advance()
        change = actions - self._last_action
        self._last_action.copy_(actions)
        state = self.sim.state()
        reward, terminated, log = self._judge(self._bodies.of(state), state, change)
        at_end = (self._rows == self._ends[self.motion_ids]) & ~terminated
        time_out = (self._steps >= self._max_steps) & ~terminated
        truncated = at_end | time_out
        log |= mean_columns(
            torch.stack((at_end, time_out & ~at_end), dim=-1).float(),
            ["termination/clip_end", "termination/time_out"],
        )
        self._refresh_target()
        cut = truncated.nonzero().squeeze(-1)
        bootstrap = {"critic": torch.cat(self._observe(cut), dim=-1)} if len(cut) else {}
        if self.auto_reset:
            self._report_instability(state.unstable)
            self._finish_episodes(terminated, truncated)
        log |= self._sampler.metrics()
        return EnvStep(self.observe(), reward, terminated, truncated, bootstrap, log)

    def _judge(self, robot: Snapshot, state: SimState, change: Tensor) -> "_Verdict":
        """The step's end against `_target`, at which the step aimed."""
        bodies, target = self._bodies, self._target
        errors = tracking_errors(
            target.bodies, robot.bodies, anchor=bodies.anchor, num_tracked=bodies.num_tracked
        )
        terms = self._rewards(
            errors,
            action_rate=change.square().sum(-1),
            joint_limit=limit_excess(robot.dof_pos, self._soft_limits),
            contacts=state.self_contacts,
        )
        failed = failures(
            target.bodies,
            robot.bodies,
            state.unstable,
            selection=bodies,
            config=self.config.terminations,
        )
        log = error_metrics(errors, robot, target)
        log |= mean_columns(terms, [f"reward/{name}" for name in self._rewards.names])
        log |= mean_columns(failed.float(), [f"termination/{name}" for name in FAILURES])
        return _Verdict(terms.sum(-1), failed.any(-1), log)

    def _observe(self, env_ids: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Noise-free observations of the current state: shared, and the critic's own."""
        robot, target, last_action = (
            self._bodies.of(self.sim.state()),
            self._target,
            self._last_action,
        )
        if env_ids is not None:
            robot, target = robot.take(env_ids), target.take(env_ids)
            last_action = last_action[env_ids]
        return observations(
            robot,
            target,
            last_action=last_action,
            default_dof_pos=self._default_dof_pos,
            anchor=self._bodies.anchor,
            num_tracked=self._bodies.num_tracked,
        )

    def _finish_episodes(self, terminated: Tensor, truncated: Tensor) -> None:
        failed = terminated.nonzero().squeeze(-1)
        if len(failed):
            self._sampler.record_failures(self.motion_ids[failed], self.frames[failed])
        self._sampler.end_step()
        over = (terminated | truncated).nonzero().squeeze(-1)
        if len(over):
            self._start_episodes(over)

    def _report_instability(self, unstable: Tensor) -> None:
        """One line when it happens first, and each time the count has doubled."""
        self._num_unstable += int(unstable.sum())
        if self._num_unstable >= self._report_at:
            self._report_at = 2 * self._num_unstable
            causes = ", ".join(f"{name} {count}" for name, count in self.sim.warnings().items())
            _LOG.warning(
                "%d unstable states so far, each answered by a reset; %s warnings: %s",
                self._num_unstable,
                self.sim.config.name,
                causes,
            )

    def _start_episodes(self, env_ids: Tensor) -> None:
        self._place(env_ids, *self._sampler.sample(len(env_ids)))
        state = reset_state(self.lib.states, self._rows[env_ids])
        state = noisy_reset(state, self.config.reset, self._soft_limits, generator=self._generator)
        self.sim.reset_to(env_ids, state)
        self._refresh_target()

    def _place(self, env_ids: Tensor, motion_ids: Tensor, frames: Tensor) -> None:
        self.motion_ids[env_ids] = motion_ids
        self._rows[env_ids] = self.lib.starts[motion_ids] + frames
        self._steps[env_ids] = 0
        self._last_action[env_ids] = 0.0

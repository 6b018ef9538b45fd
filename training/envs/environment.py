"""The environment: advances time and calls the functions that say what it means."""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from motionlib.formats.broken_states import BrokenStates
from motionlib.library import MotionLib
from motionlib.robot import Robot
from training.envs.actions import ActionMap
from training.envs.commands.base import Setting, build_command
from training.envs.config import EnvConfig
from training.envs.measures import MEASURES
from training.envs.moment import Goal, Moment, facts_of
from training.envs.randomization import PushTimer, noisy_reset, robot_properties, spread_draw
from training.envs.snapshot import BodySelection, Snapshot
from training.envs.step import EnvStep
from training.envs.terms.observations import Observer
from training.envs.terms.rewards import RewardTerms
from training.envs.terms.terminations import FailureTerms
from training.envs.threads import few_threads
from training.envs.watching import Watch
from training.simulators.base import ResetState, SimState, Simulator
from training.values import FieldError

_LOG = logging.getLogger(__name__)


class _Verdict(NamedTuple):
    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    log: dict[str, Tensor]


class Environment:
    """E robots that do what a command asks."""

    def __init__(
        self,
        config: EnvConfig,
        robot: Robot,
        simulator: Simulator,
        *,
        lib: MotionLib | None = None,
        seed: int = 0,
    ) -> None:
        """Build everything and start every episode.

        Args:
            config: The task.
            robot: The simulator's.
            simulator: E copies of it.
            lib: Motions, for commands that follow some; brought to the control rate.
            seed: Of every draw.

        Raises:
            ConfigError: The task does not fit robot, simulator or motions.
            MotionError: The motions cannot be tracked by this robot.
        """
        self.config, self.robot, self.sim = config, robot, simulator
        self.device, self.num_envs = simulator.device, simulator.num_envs
        self.control_dt = simulator.config.control_dt
        try:
            config.check_rates(control_dt=self.control_dt, decimation=simulator.config.decimation)
        except FieldError as error:
            raise error.under("env") from error
        self.auto_reset = True
        self.num_actions = robot.num_dofs
        self._num_unstable, self._report_at = 0, 1
        self._generator = torch.Generator(self.device).manual_seed(seed)
        self.lib = None if lib is None else lib.at_fps(1.0 / self.control_dt)
        if self.lib is not None and torch.device(self.device).type != "cpu":
            self.lib = self.lib.to(self.device)  # a mapped file stays where it is otherwise
        """Motions at the control rate."""
        self._prepare_task()
        self._prepare_robots()
        self._prepare_views()

    def reset(self) -> dict[str, Tensor]:
        """Start every environment anew; observations."""
        with few_threads(self.num_envs, self.device):
            self._start_episodes(torch.arange(self.num_envs, device=self.device))
            return self.observe()

    def restart(self, env_ids: Tensor, state: ResetState) -> None:
        """Begin (K,) episodes exactly at a state, as the command stands; ids sorted, unique."""
        self._steps[env_ids] = 0
        self._action[env_ids] = self._last_action[env_ids] = 0.0
        self._dof_target[env_ids] = state.dof_pos
        self.sim.reset_to(env_ids, state)
        self._goal = self.command.goal()
        for observer in self._observers().values():
            observer.restart(env_ids)
        if any(observer.history for observer in self._after.values()):
            # the next step's end has this instant behind it
            now = self.reached()
            for observer in self._after.values():
                observer.see(now)

    def observe(self, groups: Collection[str] | None = None) -> dict[str, Tensor]:
        """Current observations, with the configured noise.

        Args:
            groups: Names of those that are wanted; None: all.
        """
        wanted = self._seen if groups is None else groups
        return self._look(self._now(self._goal), wanted) if wanted else {}

    @property
    def goal(self) -> Goal:
        """What the next step is to reach."""
        return self._goal

    def reached(self, state: SimState | None = None) -> Moment:
        """The robots before what they are asked to be now.

        Args:
            state: (E, ...) of other robots than the simulator's.
        """
        state = self.sim.state() if state is None else state
        goal = self.command.goal(0)
        return self._moment(state, goal, action=self._action, dof_target=self._dof_target)

    def targets_from_actions(self, actions: Tensor) -> Tensor:
        """(E, D) rad position targets that (E, D) actions mean now."""
        reference = getattr(self._goal, "reference", None)
        return self._action_map.targets(actions, None if reference is None else reference.dof_pos)

    def step(self, actions: Tensor) -> EnvStep:
        """Advance by one control step under (E, D) actions.

        Raises:
            TrainingDivergedError: Where episodes are reset automatically: an action, a reward or
                an observation is infinite or NaN; carries the states of its robots.
        """
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
            return self._end_step(
                targets, torch.zeros_like(targets) if actions is None else actions
            )

    def drive(
        self, targets: Tensor, actions: Tensor | None = None, *, env_ids: Tensor | None = None
    ) -> None:
        """Advance by one control step and see nothing: no reward, verdict, observation or reset.

        What groups with `after_step` would show is not looked at either.

        Args:
            targets: (E, D) rad, see `step_targets`.
            actions: (E, A), see `step_targets`.
            env_ids: (K,) int64, sorted, unique: the robots that move; None: all.
        """
        self.sim.step(targets - self._joint_bias, env_ids=env_ids)
        self._remember(targets, torch.zeros_like(targets) if actions is None else actions)
        self._goal = self.command.goal()
        for observer in self._seen.values():
            observer.advance()

    @torch.no_grad()
    def demonstrations(self, count: int) -> dict[str, Tensor]:
        """What groups with `after_step` would show of (K,) robots that are their reference.

        Actions and torques are zero, targets the reference's dofs, and no body touches another.

        Raises:
            ValueError: The command has no reference, or no clip is long enough for a history.
        """
        return {name: self._demonstrate(observer, count) for name, observer in self._after.items()}

    def state_dict(self) -> dict[str, Any]:
        """All that the next step follows from, to the bit, as copies.

        Without `episodes` where the simulator does not say where it stands.
        """
        state = {"command": self.command.state_dict(), "generator": self._generator.get_state()}
        world = self.sim.state_dict()
        if world is not None:
            state["episodes"] = {
                "simulator": world,
                "robots": {name: value.clone() for name, value in self._robots().items()},
                "observers": {name: each.state_dict() for name, each in self._observers().items()},
                "unstable": [self._num_unstable, self._report_at],
            }
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> bool:
        """Go on where `state_dict` was taken; whether episodes do, or have begun anew."""
        self.command.load_state_dict(state["command"])
        self._generator.set_state(state["generator"].cpu())
        episodes = state.get("episodes")
        if episodes is None:
            self._start_episodes(torch.arange(self.num_envs, device=self.device))
            return False
        self.sim.load_state_dict(episodes["simulator"])
        for name, value in self._robots().items():
            value.copy_(episodes["robots"][name])
        for name, observer in self._observers().items():
            observer.load_state_dict(episodes["observers"][name])
        self._num_unstable, self._report_at = episodes["unstable"]
        self._hidden = {"joint_bias": self._joint_bias, **self.sim.properties()}
        self._goal = self.command.goal()
        return True

    def states(self, reason: str) -> BrokenStates:
        """What all robots are about now, and were before the last step; told of for a `reason`."""
        ids, now = range(self.num_envs), self.reached()
        return self._watch.states(ids, [reason] * len(ids), stood=self._stood, now=now)

    def _robots(self) -> dict[str, Tensor]:
        """What the environment itself remembers of each robot, by name."""
        return {
            "steps": self._steps,
            "action": self._action,
            "last_action": self._last_action,
            "dof_target": self._dof_target,
            "joint_bias": self._joint_bias,
            "push_left_s": self._timer.left_s,
        }

    def _observers(self) -> dict[str, Observer]:
        return self._seen | self._after

    def _prepare_task(self) -> None:
        config, robot = self.config, self.robot
        ends = config.end_bodies
        if ends is None:
            ends = (*robot.foot_bodies, *robot.hand_bodies)
        if config.head:
            ends = (*ends, robot.head_body)
        self._bodies = BodySelection(
            robot, end_bodies=ends, others=config.bodies, device=self.device
        )
        self._facts = facts_of(
            robot, self._bodies, control_dt=self.control_dt, heights=self.sim.heights
        )
        setting = Setting(
            robot=robot,
            facts=self._facts,
            selection=self._bodies,
            lib=self.lib,
            num_envs=self.num_envs,
            generator=self._generator,
        )
        self.command = build_command(config.command, setting)
        self._watch = Watch(robot, self.command, control_dt=self.control_dt)
        rate = config.reward_scale * self.control_dt
        self._rewards = RewardTerms(config.rewards, rate=rate, device=self.device)
        self._failures = FailureTerms(config.failures, device=self.device)
        self._measured = [MEASURES[name] for name in config.log]
        self._log_names = [
            *(f"metric/{name}" for name in config.log),
            "termination/unstable",
            f"termination/{self.command.end_name}",
            "termination/time_out",
            *(f"reward/{name}" for name in self._rewards.names),
            *(f"termination/{name}" for name in self._failures.names),
        ]
        self._max_steps = config.episode_s / self.control_dt - 0.5

    def _prepare_robots(self) -> None:
        config, count, generator = self.config, self.num_envs, self._generator
        profile = self.sim.config.actuator_profile
        self._action_map = ActionMap(config.action, self.robot, profile=profile, device=self.device)
        self._steps = torch.zeros(count, dtype=torch.int64, device=self.device)
        self._action = torch.zeros(count, self.num_actions, device=self.device)
        self._last_action, self._dof_target = self._action.clone(), self._action.clone()
        bias = torch.empty_like(self._action).uniform_(-1.0, 1.0, generator=generator)
        self._joint_bias = config.randomization.joint_bias * bias
        self._timer = PushTimer(config.push.interval_s, count, generator=generator)
        self.sim.randomize(robot_properties(config.randomization, count, generator=generator))
        self._hidden = {"joint_bias": self._joint_bias, **self.sim.properties()}

    def _prepare_views(self) -> None:
        self._seen: dict[str, Observer] = {}
        self._after: dict[str, Observer] = {}
        self._start_episodes(torch.arange(self.num_envs, device=self.device))
        now = self._now(self._goal)
        for name, group in self.config.observations.items():
            observers = self._after if group.after_step else self._seen
            observers[name] = Observer(group, now, generator=self._generator)
        for observer in self._after.values():
            observer.see(self.reached())
        self.observe()
        self.targets_from_actions(self._action)
        observers = self._observers()
        self.obs_dims = {name: observers[name].size for name in self.config.observations}
        """Width of every observation group."""

    def _push(self) -> None:
        ids = self._timer.due(self.control_dt)
        if len(ids):
            kick = spread_draw(self.config.push.velocity, len(ids), generator=self._generator)
            self.sim.push(ids, kick[:, :3], kick[:, 3:])

    def _now(self, goal: Goal) -> Moment:
        return self._moment(
            self.sim.state(), goal, action=self._action, dof_target=self._dof_target
        )

    def _moment(self, state: SimState, goal: Goal, *, action: Tensor, dof_target: Tensor) -> Moment:
        return Moment(
            robot=self._bodies.of(state),
            goal=goal,
            facts=self._facts,
            action=action,
            last_action=self._last_action,
            dof_target=dof_target,
            # copies: a state's tensors may be overwritten by the next reset
            dof_torque=state.dof_torque.clone(),
            body_contact=state.body_contact.index_select(1, self._bodies.indices),
            self_contacts=state.self_contacts.clone(),
            hidden=self._hidden,
        )

    def _look(self, now: Moment, groups: Iterable[str] | None = None) -> dict[str, Tensor]:
        self._stood = now.robot
        return {name: self._seen[name].see(now) for name in groups or self._seen}

    def _remember(self, targets: Tensor, actions: Tensor) -> None:
        """A control step went by that was told this."""
        self._steps += 1
        self.command.advance()
        # in place: state made under inference_mode could not be changed outside of it
        self._last_action.copy_(self._action)
        self._action.copy_(actions)
        self._dof_target.copy_(targets)

    def _end_step(self, targets: Tensor, actions: Tensor) -> EnvStep:
        self._remember(targets, actions)
        state = self.sim.state()
        unstable = state.unstable.clone()
        # the buffers forget what robots did that are reset; the moment does not
        reached = self._moment(state, self._goal, action=actions, dof_target=targets)
        verdict = self._judge(reached, unstable)
        stood, after = self._stood, {}
        for name, observer in self._after.items():
            observer.advance()
            after[name] = observer.see(reached)
        self._goal = self.command.goal()
        ahead = reached.asked(self._goal)
        truncated_obs = self._foresee(ahead, verdict.truncated)
        for observer in self._seen.values():
            observer.advance()
        started = False
        if self.auto_reset:
            told = {"actions": actions, "rewards": verdict.reward, **_observations(after)}
            self._watch.check(told, stood, reached)
            self._report_instability(unstable)
            started = self._finish_episodes(verdict.terminated, verdict.truncated)
        now = self._now(self._goal) if started else ahead
        obs = self._look(now)
        if self.auto_reset:
            self._watch.check(_observations(obs), stood, now)
        return EnvStep(
            obs=obs,
            reward=verdict.reward,
            terminated=verdict.terminated,
            truncated=verdict.truncated,
            truncated_obs=truncated_obs,
            after=after,
            before=reached,
            log=verdict.log | dict(self.command.metrics()),
        )

    def _judge(self, reached: Moment, unstable: Tensor) -> _Verdict:
        """The step's end against the goal at which it aimed."""
        terms, failed = self._rewards(reached), self._failures(reached)
        terminated = failed.any(-1) | unstable
        at_end = self.command.ended() & ~terminated
        time_out = (self._steps >= self._max_steps) & ~terminated
        columns = [measure(reached) for measure in self._measured]
        ends = (unstable, at_end, time_out & ~at_end)
        columns += [end.float() for end in ends]
        table = torch.cat((torch.stack(columns, dim=-1), terms, failed.float()), dim=-1)
        log = dict(zip(self._log_names, table.mean(dim=0).unbind(), strict=True))
        return _Verdict(terms.sum(-1), terminated, at_end | time_out, log)

    def _foresee(self, ahead: Moment, truncated: Tensor) -> dict[str, Tensor]:
        cut = truncated.nonzero().squeeze(-1)
        if not len(cut) or not self.config.bootstrap:
            return {}
        now = ahead.take(cut)
        return {name: self._seen[name].foresee(now, cut) for name in self.config.bootstrap}

    def _finish_episodes(self, terminated: Tensor, truncated: Tensor) -> bool:
        """Start those anew that are over; whether there were any."""
        self.command.failed(terminated.nonzero().squeeze(-1))
        over = (terminated | truncated).nonzero().squeeze(-1)
        if len(over):
            self._start_episodes(over)
        return len(over) > 0

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
        state = self.command.start(env_ids)
        limits, generator = self._facts.soft_limits, self._generator
        state = noisy_reset(state, self.config.reset, limits, generator=generator)
        self.restart(env_ids, state)

    def _demonstrate(self, observer: Observer, count: int) -> Tensor:
        frames = self.command.demonstrations(count, observer.history + 1)
        return observer.window([self._as_if(robot, goal) for robot, goal in frames])

    def _as_if(self, robot: Snapshot, goal: Goal) -> Moment:
        still = torch.zeros_like(robot.dof_pos)
        hidden = {name: torch.zeros_like(x[:1]) for name, x in self._hidden.items()}
        return Moment(
            robot=robot,
            goal=goal,
            facts=self._facts,
            action=still,
            last_action=still,
            dof_target=robot.dof_pos,
            dof_torque=still,
            body_contact=torch.zeros_like(robot.bodies.pos[..., 0], dtype=torch.bool),
            self_contacts=still[:, 0],
            hidden={name: x.expand(len(still), *x.shape[1:]) for name, x in hidden.items()},
        )


def _observations(groups: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"observations of {name}": rows for name, rows in groups.items()}

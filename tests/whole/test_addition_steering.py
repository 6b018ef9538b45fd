"""Steering, added from outside: a command, two measures, a view and cases, all in this file."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import pytest
import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.rotations import quat_apply_inverse, yaw_quat
from training.agents.config import NetworkConfig, PPOConfig
from training.agents.ppo import PPO
from training.building import build_env, build_evaluation_env
from training.config import Experiment, experiment_from_yaml, yaml_from_experiment
from training.envs.commands.base import CommandConfig, Setting, command
from training.envs.config import EnvConfig, RandomizationConfig
from training.envs.geometry import length
from training.envs.measures.base import measure
from training.envs.moment import Goal, Moment
from training.envs.snapshot import Snapshot
from training.envs.terms.observations import Group, View
from training.envs.terms.rewards import Reward
from training.envs.terms.terminations import Failure
from training.envs.views.base import view
from training.evaluation.cases import cases_of
from training.evaluation.config import EvaluationConfig, TableMeasure, Thresholds
from training.evaluation.controllers import ZeroActionController
from training.evaluation.evaluator import evaluate
from training.kinds import member_of
from training.overrides import override
from training.ranges import Positive
from training.simulators.base import ResetState, SimulatorConfig
from training.values import check_fields

TURNS = {"ahead": 0.0, "left": math.pi / 2}


@member_of(CommandConfig)
@dataclass(frozen=True, slots=True, kw_only=True)
class Steering(CommandConfig):
    """Go one way at one speed."""

    kind: Literal["test_steering"] = "test_steering"
    speed: Positive = 0.2

    def __post_init__(self) -> None:
        check_fields(self)


class Velocity(NamedTuple):
    """What robots are asked: (E, 2) m/s, world."""

    wanted: Tensor

    def take(self, env_ids: Tensor) -> "Velocity":
        return Velocity(self.wanted[env_ids])


@command(Steering)
class SteeringCommand:
    end_name = "path_end"

    def __init__(self, config: Steering, setting: Setting) -> None:
        self._speed, self._robot, self._generator = config.speed, setting.robot, setting.generator
        self._wanted = torch.zeros(setting.num_envs, 2)
        self.frames = torch.zeros(setting.num_envs, dtype=torch.int64)

    def start(self, env_ids: Tensor) -> ResetState:
        turn = 2.0 * math.pi * torch.rand(len(env_ids), generator=self._generator)
        return self.place(env_ids, turn)

    def place(self, env_ids: Tensor, turn: Tensor) -> ResetState:
        self._wanted[env_ids] = self._speed * torch.stack((turn.cos(), turn.sin()), dim=-1)
        self.frames[env_ids] = 0
        count, still = len(env_ids), torch.zeros(len(env_ids), 3)
        pose = torch.as_tensor(self._robot.default_dof_pos, dtype=torch.float32).repeat(count, 1)
        return ResetState(
            root_pos=still + torch.tensor([0.0, 0.0, self._robot.default_root_height]),
            root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(count, 1),
            root_lin_vel=still,
            root_ang_vel=still,
            dof_pos=pose,
            dof_vel=torch.zeros_like(pose),
        )

    def advance(self) -> None:
        self.frames += 1

    def goal(self, ahead: int = 1) -> Velocity:
        return Velocity(self._wanted.clone())

    def ended(self) -> Tensor:
        return torch.zeros_like(self.frames, dtype=torch.bool)

    def failed(self, env_ids: Tensor) -> None: ...

    def demonstrations(self, count: int, num_frames: int) -> Sequence[tuple[Snapshot, Goal]]:
        raise ValueError("steering has no reference")

    def metrics(self) -> Mapping[str, Tensor]:
        return {"speed_wanted": length(self._wanted).mean()}

    def state_dict(self) -> dict[str, Any]:
        return {"wanted": self._wanted.clone(), "frames": self.frames.clone()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._wanted.copy_(state["wanted"])
        self.frames.copy_(state["frames"])


@measure(unit="m²/s²")
def steering_velocity_sq(now: Moment) -> Tensor:
    """Squared difference of the root's horizontal velocity. Does not see heading."""
    return (now.robot.bodies.lin_vel[:, 0, :2] - now.goal.wanted).square().sum(-1)


@measure(unit="m")
def steering_sunk(now: Moment) -> Tensor:
    """How far the anchor is under where it stands. Does not see a lean."""
    return 0.12 - now.robot.bodies.pos[:, now.facts.anchor, 2]


@measure(unit="rad")
def steering_lean(now: Moment) -> Tensor:
    """Angle of the anchor's up direction to the world's. Does not see heading."""
    _, x, y, _ = now.robot.bodies.quat_wxyz[:, now.facts.anchor].unbind(-1)
    return 2.0 * torch.asin((x.square() + y.square()).sqrt().clamp(max=1.0))


@view(unit="m/s")
def steering_wanted(now: Moment) -> Tensor:
    """(E, 2) wanted velocity as the root's heading sees it."""
    heading = yaw_quat(now.robot.bodies.quat_wxyz[:, 0])
    flat = torch.cat((now.goal.wanted, torch.zeros_like(now.goal.wanted[:, :1])), dim=-1)
    return quat_apply_inverse(heading, flat)[:, :2]


@cases_of(SteeringCommand)
class SteeringCases:
    """Each way once, a second long."""

    names, fps = tuple(TURNS), 50.0
    num_frames = torch.full((len(TURNS),), 51)

    def __init__(self, command: SteeringCommand) -> None:
        self._command = command

    def frames(self) -> Tensor:
        return self._command.frames

    def place(self, env_ids: Tensor, case_ids: Tensor, frames: Tensor) -> ResetState:
        return self._command.place(env_ids, torch.tensor(list(TURNS.values()))[case_ids])

    def facts(self, case_id: int, thresholds: Thresholds) -> Mapping[str, Any]:
        nothing = dict.fromkeys(("motion_name", "source", "weight", "moving"))
        return {**nothing, "variant": f"{TURNS[self.names[case_id]]:.2f} rad"}


FELT = ("steering_wanted", "root_lin_vel", "root_ang_vel", "dof_pos", "dof_vel", "last_action")
SEEN = Group(views={name: View() for name in FELT})
TASK = EnvConfig(
    command=Steering(),
    rewards={
        "velocity": Reward(measure="steering_velocity_sq", weight=1.0, sigma=0.25),
        "action_rate": Reward(measure="action_rate", weight=-0.01),
    },
    failures={"sunk": Failure(measure="steering_sunk", above=0.05)},
    observations={"actor": SEEN, "critic": SEEN},
    log=("steering_velocity_sq",),
    randomization=RandomizationConfig(foot_friction=None, joint_bias=0.0),
    episode_s=0.4,
)
TABLE = EvaluationConfig(
    columns={"velocity_error_mean": TableMeasure(measure="steering_velocity_sq")},
    series={"velocity_error": "steering_velocity_sq"},
    tilt="steering_lean",
    drop="steering_sunk",
    lost="steering_sunk",
)


@pytest.fixture
def experiment() -> Experiment:
    small = NetworkConfig(hidden=(16,))
    return Experiment(
        name="steering",
        robot="microduck",
        env=TASK,
        evaluation=TABLE,
        agent=PPOConfig(actor=small, critic=small),
        simulator=SimulatorConfig(num_threads=1),
        num_envs=8,
    )


def test_steering_trains_without_motions(experiment: Experiment, microduck: Robot) -> None:
    env = build_env(experiment, None, microduck)
    step = env.step(torch.zeros(8, env.num_actions))
    off = step.before.robot.bodies.lin_vel[:, 0, :2] - step.before.goal.wanted
    expected = 0.02 * torch.exp(-off.square().sum(-1) / 0.25**2)
    torch.testing.assert_close(step.reward, expected)
    assert {"metric/steering_velocity_sq", "reward/velocity", "termination/sunk"} <= set(step.log)
    assert step.log["speed_wanted"].item() == pytest.approx(0.2)
    measures = PPO(experiment.agent, env).iterate()
    assert measures is not None
    assert measures["termination/time_out"] > 0.0
    assert measures["termination/path_end"] == 0.0


def test_steering_is_evaluated_by_case(experiment: Experiment, microduck: Robot) -> None:
    env = build_evaluation_env(experiment, None, microduck, num_envs=1)
    rows = evaluate(env, ZeroActionController(), config=experiment.evaluation).table.to_pylist()
    assert [row["case"] for row in rows] == ["ahead", "left"]
    assert [row["variant"] for row in rows] == ["0.00 rad", "1.57 rad"]
    assert all(row["motion_name"] is None and row["survived"] for row in rows)
    for row in rows:
        assert row["velocity_error_mean"] == pytest.approx(0.2**2, rel=0.3), "it stands"


def test_its_configuration_is_like_any_other(experiment: Experiment) -> None:
    assert experiment_from_yaml(yaml_from_experiment(experiment), where="x") == experiment
    changed = override(experiment, {"env.rewards.velocity.weight": "2.0", "env.command.speed": "1"})
    assert changed.env.rewards["velocity"] == replace(TASK.rewards["velocity"], weight=2.0)
    assert changed.env.command == Steering(speed=1.0)

"""Small clips and environments."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from training.envs.commands.motion import MotionGoal
from training.envs.config import EnvConfig, evaluation_config
from training.envs.environment import Environment
from training.envs.moment import Facts, Moment
from training.envs.snapshot import BodyStates, Snapshot
from training.simulators.base import SimulatorConfig
from training.simulators.mujoco import MujocoSimulator


def standing_motion(
    robot: Robot, *, frames: int = 60, name: str = "stand", sway: float = 0.0, weight: float = 1.0
) -> Motion:
    """The default pose, its joints swaying by `sway` rad."""
    t = torch.arange(frames).unsqueeze(-1) / 50.0
    pose = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32)
    wave = torch.sin(4.0 * t + torch.arange(robot.num_dofs)) - torch.sin(
        torch.arange(robot.num_dofs).float()
    )
    low, high = torch.as_tensor(robot.dof_limits, dtype=torch.float32).unbind(-1)
    root_pos = torch.zeros(frames, 3)
    root_pos[:, 2] = robot.default_root_height
    return Motion(
        name=name,
        robot=robot,
        fps=50.0,
        root_pos=root_pos,
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(frames, 1),
        dof_pos=(pose + sway * wave).clamp(low, high),
        provenance=Provenance(source="made here"),
        weight=weight,
    )


@pytest.fixture
def standing_clip() -> Callable[..., Motion]:
    """`standing_clip(robot, frames=60, name="stand", sway=0.0, weight=1.0)`."""
    return standing_motion


@pytest.fixture
def lib(microduck: Robot) -> MotionLib:
    """Three clips of different lengths."""
    return library_from_motions(
        [
            standing_motion(microduck, frames=120, name="stand"),
            standing_motion(microduck, frames=60, name="sway", sway=0.03),
            standing_motion(microduck, frames=10, name="short", sway=0.02),
        ]
    )


@pytest.fixture
def make_env(microduck: Robot, lib: MotionLib) -> Callable[..., Environment]:
    """`make_env(config=None, num_envs=4, seed=0, library=None)`; quiet evaluation by default."""

    def make(
        config: EnvConfig | None = None,
        *,
        num_envs: int = 4,
        seed: int = 0,
        library: MotionLib | None = None,
    ) -> Environment:
        simulator = MujocoSimulator(microduck, SimulatorConfig(num_threads=1), num_envs=num_envs)
        config = config or evaluation_config(EnvConfig())
        return Environment(config, microduck, simulator, lib=library or lib, seed=seed)

    return make


@pytest.fixture
def quiet() -> EnvConfig:
    """No noise, no pushes, no randomisation, and nothing counts as a failure."""
    config = evaluation_config(EnvConfig())
    never = {name: replace(use, above=float("inf")) for name, use in config.failures.items()}
    return replace(config, failures=never)


def random_snapshot(seed: int, *, count: int = 5, bodies: int = 4, dofs: int = 4) -> Snapshot:
    """Robots, or references, anywhere."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    quats = draw(count, bodies, 4)
    states = BodyStates(
        draw(count, bodies, 3),
        quats / quats.norm(dim=-1, keepdim=True),
        draw(count, bodies, 3),
        draw(count, bodies, 3),
    )
    return Snapshot(draw(count, dofs), draw(count, dofs), states, draw(count, 2) > 0)


@pytest.fixture
def snapshot() -> Callable[..., Snapshot]:
    """`snapshot(seed, count=5, bodies=4, dofs=4)`: all tracked, the anchor is row 1."""
    return random_snapshot


@pytest.fixture
def moment_of() -> Callable[..., Moment]:
    """`moment_of(robot, reference, tracked=None, **fields)`."""

    def make(robot: Snapshot, reference: Snapshot, *, tracked: int = 0, **fields) -> Moment:
        count, dofs = robot.dof_pos.shape
        bodies = robot.bodies.pos.shape[1]
        facts = Facts(
            body_names=tuple(f"body{i}" for i in range(bodies)),
            num_tracked=tracked or bodies,
            anchor=1,
            ends=torch.arange(2, bodies),
            feet=torch.arange(2),
            default_dof_pos=torch.ones(dofs),
            soft_limits=torch.tensor([[-1.0, 1.0]]).repeat(dofs, 1),
            control_dt=0.02,
            standing_height=1.0,
            heights=lambda xy: 0.1 * xy[..., 0],
        )
        still = torch.zeros(count, dofs)
        known = {"action": still, "last_action": still, "dof_target": still}
        known |= {"dof_torque": still, "self_contacts": torch.zeros(count)}
        known |= {"body_contact": torch.zeros(count, bodies, dtype=torch.bool)} | fields
        return Moment(robot=robot, goal=MotionGoal(reference), facts=facts, **known)

    return make

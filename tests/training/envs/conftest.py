"""Small clips and environments."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from training.envs.config import TrackingConfig, evaluation_config
from training.envs.tracking import TrackingEnv
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
def make_env(microduck: Robot, lib: MotionLib) -> Callable[..., TrackingEnv]:
    """`make_env(config=None, num_envs=4, seed=0, library=None)`; quiet evaluation by default."""

    def make(
        config: TrackingConfig | None = None,
        *,
        num_envs: int = 4,
        seed: int = 0,
        library: MotionLib | None = None,
    ) -> TrackingEnv:
        simulator = MujocoSimulator(microduck, SimulatorConfig(num_threads=1), num_envs=num_envs)
        config = config or evaluation_config(TrackingConfig())
        return TrackingEnv(config, microduck, library or lib, simulator, seed=seed)

    return make


@pytest.fixture
def quiet() -> TrackingConfig:
    """No noise, no pushes, no randomisation, and nothing counts as a failure."""
    config = evaluation_config(TrackingConfig())
    forgiving = replace(
        config.terminations,
        anchor_height=float("inf"),
        anchor_tilt=float("inf"),
        end_height=float("inf"),
    )
    return replace(config, terminations=forgiving)

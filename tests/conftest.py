"""Fixtures that every room shares."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robot_files import load_robot
from motionlib.rotations import quat_from_euler_xyz

TESTS = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def microduck() -> Robot:
    return load_robot("microduck")


@pytest.fixture(scope="session")
def g1() -> Robot:
    return load_robot("g1")


@pytest.fixture(scope="session")
def open_duck() -> Robot:
    return load_robot(TESTS / "robots" / "open_duck_mini_v2" / "robot.yaml")


@pytest.fixture(scope="session")
def test_data() -> Path:
    folder = os.environ.get("MOTION_TEST_DATA", "")
    if not folder:
        pytest.skip("MOTION_TEST_DATA is unset: it names the folder of real motion data")
    path = Path(folder).resolve()
    if not path.is_dir():
        pytest.skip(f"MOTION_TEST_DATA names {path}, which is no folder")
    return path


@pytest.fixture
def motion_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "motion_home"
    monkeypatch.setenv("MOTION_HOME", str(home))
    return home


def turning_motion(robot: Robot, *, frames: int = 40, name: str = "turn") -> Motion:
    """A robot that glides, turns and moves its joints smoothly."""
    t = torch.arange(frames, dtype=torch.float64) / 50.0
    limits = torch.as_tensor(robot.dof_limits)
    middle, half = limits.mean(1), 0.5 * (limits[:, 1] - limits[:, 0])
    dof_pos = middle + 0.3 * half * torch.sin(3.0 * t.unsqueeze(-1) + torch.arange(len(limits)))
    zero = torch.zeros_like(t)
    return Motion(
        name=name,
        robot=robot,
        fps=50.0,
        root_pos=torch.stack((0.2 * t, 0.1 * t.sin(), 0.1 + zero), -1).float(),
        root_quat_wxyz=quat_from_euler_xyz(zero, zero, 0.7 * t).float(),
        dof_pos=dof_pos.float(),
        provenance=Provenance(source="made here"),
    )


@pytest.fixture
def make_motion() -> Callable[..., Motion]:
    """`make_motion(robot, frames=40, name="turn")`: a smooth clip on any robot."""
    return turning_motion

"""Fixtures that every room shares: robots, clips, a full disk, processes that are killed."""

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import hypothesis
import numpy as np
import pytest
import torch

from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.rotations import quat_from_euler_xyz
from motionlib.synthesis.amass_folder import write_amass_folder

TESTS = Path(__file__).resolve().parent

# no test fails on a wall clock
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# what a script starts in the background ignores SIGINT, and so would every child that tests stop
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def microduck() -> Robot:
    return load_robot("microduck")


@pytest.fixture(scope="session")
def g1() -> Robot:
    return load_robot("g1")


@pytest.fixture(scope="session")
def smpl() -> Robot:
    return load_robot("smpl")


@pytest.fixture(scope="session")
def smplx() -> Robot:
    return load_robot("smplx")


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


@pytest.fixture(scope="session")
def tiny_body_model() -> ModuleType:
    """Makes body models in SMPL's own file formats, with our proportions and few vertices."""
    spec = importlib.util.spec_from_file_location("tiny_body_model", TESTS / "tiny_body_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dead_pid() -> int:
    """Number of a process that no longer runs."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


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


@pytest.fixture
def amass_folder(tmp_path: Path) -> Path:
    """Eight sound clips of about a second over all splits, and one broken file of each kind."""
    folder = tmp_path / "amass"
    write_amass_folder(folder, clips=8, seed=4, seconds=(1.0, 1.5), bad=True, progress=False)
    return folder


def swaying_recording(
    path: Path, *, seconds: float = 1.0, fps: float = 60.0, seed: int = 0
) -> Path:
    """An SMPL+H file of AMASS: an upright person who glides along and sways a little."""
    phases = np.random.default_rng(seed).uniform(0.0, 6.0, 63)
    t = np.arange(round(seconds * fps)) / fps
    poses = np.zeros((len(t), 156))
    poses[:, 0] = np.pi / 2
    poses[:, 3:66] = 0.1 * np.sin(np.pi * t[:, None] + phases)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        trans=np.stack((0.3 * t, 0.1 * np.sin(t), np.full_like(t, 0.95)), axis=-1),
        gender=np.array("neutral"),
        mocap_framerate=np.array(fps),
        betas=np.zeros(16),
        dmpls=np.zeros((len(t), 8)),
        poses=poses,
    )
    return path


@pytest.fixture(scope="session")
def write_recording() -> Callable[..., Path]:
    """`write_recording(path, seconds=1.0, fps=60.0, seed=0)`: a person who sways, as AMASS has it."""
    return swaying_recording


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MB; skips where mounting is not permitted."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        pytest.skip(f"cannot mount a small tmpfs: {error}")
    if made.returncode:
        pytest.skip(f"cannot mount a small tmpfs: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True, timeout=30)


class Child:
    """A Python program in a process of its own."""

    def __init__(self, program: str, *arguments: object) -> None:
        command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=TESTS.parent
        )

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "the child never got there"
            time.sleep(0.001)

    def signal(self, number: signal.Signals) -> tuple[str, str]:
        os.kill(self.process.pid, number)
        return self.process.communicate(timeout=60)

    def finish(self) -> str:
        output, errors = self.process.communicate(timeout=400)
        assert self.process.returncode == 0, errors
        return output


@pytest.fixture
def run_child() -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(program: str, *arguments: object) -> Child:
        children.append(Child(program, *arguments))
        return children[-1]

    yield start
    for child in children:
        if child.process.poll() is None:
            child.process.kill()
            child.process.communicate()

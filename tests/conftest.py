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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: files are dealt to processes whole, and the last one should be short."""
    items.sort(key=lambda item: "/tests/whole/" not in item.path.as_posix())


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


_BIPED_YAML = """\
name: biped
model: robot.xml
anchor_body: base
head_body: base
tracked_bodies: [base, left_foot, right_foot]
foot_bodies: [left_foot, right_foot]
soles: {left_foot: left_sole, right_foot: right_sole}
foot_friction: 0.8
default_pose: {}
default_profile: usual
actuators:
  usual:
    - {joints: ["*"], stiffness: 20.0, damping: 1.0, effort_limit: 10.0, action_scale: 0.5}
"""
_BIPED_XML = """\
<mujoco model="biped">
  <compiler angle="radian" meshdir="meshes"/>
  <asset>
    <mesh name="shell" file="shell.stl"/>
  </asset>
  <worldbody>
    <body name="base">
      <freejoint name="root"/>
      <geom name="shell" type="mesh" mesh="shell" mass="5"/>
      <include file="parts/left_leg.xml"/>
      <include file="parts/right_leg.xml"/>
    </body>
  </worldbody>
</mujoco>
"""
_LEG_XML = """\
<mujocoinclude>
  <body name="{side}_thigh" pos="0 {y} -0.1">
    <joint name="{side}_hip" axis="0 1 0" range="-1 1"/>
    <geom type="capsule" fromto="0 0 -0.05 0 0 -0.25" size="0.04" mass="1"/>
    <include file="{side}_shank.xml"/>
  </body>
</mujocoinclude>
"""
_SHANK_XML = """\
<mujocoinclude>
  <body name="{side}_shank" pos="0 0 -0.3">
    <joint name="{side}_knee" axis="0 1 0" range="-0.1 2"/>
    <geom type="capsule" fromto="0 0 -0.05 0 0 -0.2" size="0.03" mass="1"/>
    <body name="{side}_foot" pos="0 0 -0.3">
      <joint name="{side}_ankle" axis="0 1 0" range="-1 1"/>
      <geom name="{side}_sole" type="box" pos="0.03 0 -0.02" size="0.1 0.04 0.01" mass="1"/>
    </body>
  </body>
</mujocoinclude>
"""


def tetrahedron_stl(path: Path, *, size: float) -> Path:
    """A binary STL of four triangles, `size` m long."""
    corners = size * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype="<f4")
    triangles = np.zeros(4, dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("", "<u2")])
    triangles["corners"] = corners[[(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(80) + np.uint32(4).tobytes() + triangles.tobytes())
    return path


@pytest.fixture(scope="session")
def write_stl() -> Callable[..., Path]:
    """`write_stl(path, size=0.2)`: a mesh of four triangles, `size` m long."""
    return tetrahedron_stl


@pytest.fixture
def biped(tmp_path: Path) -> Path:
    """Folder of a robot of seven files: legs that are included, shanks by the legs, a mesh."""
    folder = tmp_path / "biped"
    tetrahedron_stl(folder / "meshes" / "shell.stl", size=0.2)
    (folder / "robot.yaml").write_text(_BIPED_YAML)
    (folder / "robot.xml").write_text(_BIPED_XML)
    (folder / "parts").mkdir()
    for side, y in (("left", 0.1), ("right", -0.1)):
        (folder / "parts" / f"{side}_leg.xml").write_text(_LEG_XML.format(side=side, y=y))
        (folder / "parts" / f"{side}_shank.xml").write_text(_SHANK_XML.format(side=side))
    return folder


def replaced_text(path: Path, old: str, new: str) -> Path:
    """A text file whose text changes where it must be."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.fixture(scope="session")
def edit_file() -> Callable[[Path, str, str], Path]:
    """`edit_file(path, old, new)` replaces text that must be there."""
    return replaced_text


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

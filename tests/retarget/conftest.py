"""A human who walks and turns, and what that asks of the G1."""

from collections.abc import Callable
from pathlib import Path

import pytest

from motionlib.human.as_motion import as_motion
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.pairs.files import load_pair
from retarget.pairs.pair import Pair
from retarget.settings import ContactSettings
from retarget.targets import Goal, goal_of

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "motions" / "amass_sample"


def human_motion(path: str, *, fps: float = 30.0) -> Motion:
    """A clip of the sample as a motion of the SMPL humanoid."""
    robot = load_robot("smpl")
    clip = read_human_clip(SAMPLE / path, robot)
    human = convert_clip(clip, robot, HumanSettings(fps=fps))
    return as_motion(human, robot, name=Path(path).stem, provenance=Provenance(source=path))


@pytest.fixture(scope="session")
def walk() -> Motion:
    """2.5 s of a human who walks, 30 fps."""
    return human_motion("SFU/0005/0005_walk_poses.npz")


@pytest.fixture(scope="session")
def jump() -> Motion:
    """A human who jumps, 30 fps."""
    return human_motion("ACCAD/Female1/A2_jump_poses.npz")


@pytest.fixture(scope="session")
def smpl_to_g1(g1: Robot) -> Pair:
    return load_pair("smpl", g1)


@pytest.fixture(scope="session")
def ask(g1: Robot, smpl_to_g1: Pair) -> Callable[[Motion], Goal]:
    """`ask(motion)`: what a human motion asks of the G1."""
    return lambda motion: goal_of(motion, g1, smpl_to_g1, ContactSettings())

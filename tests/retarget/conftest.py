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
from retarget.limbs import longest_arms
from retarget.pairs.files import load_pair
from retarget.pairs.pair import Pair
from retarget.settings import ContactSettings
from retarget.targets import Goal, goal_of
from retarget.tree import chain_to, standing
from tests.grown_robots import both_hands, grown_g1, links

HANDS = "[left_wrist_yaw_link, right_wrist_yaw_link]"
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


@pytest.fixture(scope="session")
def fingers(tmp_path_factory: pytest.TempPathFactory) -> Robot:
    """The G1 with hands of three fingers, of 43 dofs; its yaml names no hands."""
    return grown_g1(tmp_path_factory.mktemp("fingers"), both_hands())


@pytest.fixture(scope="session")
def plain_fingers(tmp_path_factory: pytest.TempPathFactory) -> Robot:
    """The same, with names that tell nothing."""
    return grown_g1(tmp_path_factory.mktemp("plain"), both_hands(plain=True))


@pytest.fixture(scope="session")
def toes(tmp_path_factory: pytest.TempPathFactory) -> Robot:
    """The G1 with toes that bend, which its yaml takes for its feet."""
    grown = {
        f"{side}_ankle_roll_link": links((f"{side}_toe_link", "0.1 0 -0.02", "0 1 0"))
        for side in ("left", "right")
    }
    corners = "[[0.05, 0.03, -0.015], [0.05, -0.03, -0.015], [0, 0.03, -0.015], [0, -0.03, -0.015]]"
    edits = {
        r"foot_bodies: [^\n]*": "foot_bodies: [left_toe_link, right_toe_link]",
        r"  (left|right)_ankle_roll_link: \w+_sole": rf"  \1_toe_link: {corners}",
    }
    return grown_g1(tmp_path_factory.mktemp("toes"), grown, hands=HANDS, edits=edits)


@pytest.fixture(scope="session")
def arms_of() -> Callable[[Robot], list[list[int]]]:
    """`arms_of(robot)`: chains from the root to the furthest ends of both arms."""

    def chains(robot: Robot) -> list[list[int]]:
        pos = standing(robot, robot.default_dof_pos[None])[0][0]
        torso = robot.body_names.index("torso_link")
        ways = [chain_to(robot, end) for end in longest_arms(robot, pos)]
        return [[body for body in way if body > torso] for way in ways]

    return chains

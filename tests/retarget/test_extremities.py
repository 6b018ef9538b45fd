"""Where fingers, toes and antennas begin, on the G1 with what people put on it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from motionlib.robot import Robot
from retarget.extremities import ankle_of, hand_of, head_of
from retarget.limbs import longest_arms
from retarget.tree import chain_to, standing
from tests.grown_robots import Link, grown_g1, links

GRIPPER: tuple[Link, ...] = (("{side}_jaw_a", "0.12 0.02 0", "0 0 1"),)
SIDES = ("left", "right")


def arm(robot: Robot) -> tuple[list[int], np.ndarray]:
    """The left arm from below the torso to its furthest end, and where bodies are."""
    pos = standing(robot, robot.default_dof_pos[None])[0][0]
    left, right = (chain_to(robot, end) for end in longest_arms(robot, pos))
    return [body for body in left if body not in right], pos


def on_wrists(*chains: tuple[Link, ...]) -> dict[str, str]:
    """Chains of links on both wrists, named by their side."""
    return {
        f"{side}_wrist_yaw_link": "".join(
            links(*((name.format(side=side), pos, axis) for name, pos, axis in chain))
            for chain in chains
        )
        for side in SIDES
    }


def test_a_hand_is_where_fingers_begin(fingers: Robot, plain_fingers: Robot) -> None:
    for robot in (fingers, plain_fingers):
        chain, pos = arm(robot)
        found = hand_of(robot, chain, pos)
        assert (robot.body_names[found.body], found.doubt) == ("left_wrist_yaw_link", "")


def test_two_jaws_are_fingers(tmp_path: Path) -> None:
    jaws = (("{side}_a", "0.12 0.02 0", "0 0 1"),), (("{side}_b", "0.12 -0.02 0", "0 0 1"),)
    robot = grown_g1(tmp_path, on_wrists(*jaws))
    found = hand_of(robot, *arm(robot))
    assert (robot.body_names[found.body], found.doubt) == ("left_wrist_yaw_link", "")


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("{side}_jaw_link", "left_jaw_link is a finger by its name alone"),
        ("{side}_link_9", "8 joints in a row, more than an arm's"),
    ],
)
def test_one_jaw_is_a_finger_and_told(name: str, doubt: str, tmp_path: Path) -> None:
    robot = grown_g1(tmp_path, on_wrists(((name, "0.12 0.02 0", "0 0 1"),)))
    found = hand_of(robot, *arm(robot))
    assert robot.body_names[found.body] == "left_wrist_yaw_link"
    assert doubt in found.doubt


def test_a_hand_in_a_hand_is_told(tmp_path: Path) -> None:
    palm = links(("{side}_base", "0.05 0 0", "0 0 1"))
    tips = [links((f"{{side}}_tip{k}", f"0.03 {y} 0", "0 0 1")) for k, y in ((1, 0.02), (2, -0.02))]
    both = palm.removesuffix("</body>") + "".join(tips) + "</body>"
    other = links(("{side}_opposed", "0.04 0.03 0", "0 0 1"))
    grown = {f"{side}_wrist_yaw_link": (both + other).replace("{side}", side) for side in SIDES}
    robot = grown_g1(tmp_path, grown)
    found = hand_of(robot, *arm(robot))
    assert robot.body_names[found.body] == "left_wrist_yaw_link"
    assert "branch at left_base again" in found.doubt


def test_an_arm_without_fingers_ends_in_its_hand(g1: Robot) -> None:
    found = hand_of(g1, *arm(g1))
    assert (g1.body_names[found.body], found.doubt) == ("left_wrist_yaw_link", "")


def test_toes_that_bend_are_no_ankle(toes: Robot, g1: Robot) -> None:
    for robot, foot in ((toes, "left_toe_link"), (g1, "left_ankle_roll_link")):
        pos, rot = (each[0] for each in standing(robot, robot.default_dof_pos[None]))
        chain = chain_to(robot, robot.body_names.index(foot))
        assert robot.body_names[ankle_of(robot, chain, pos, rot)] == "left_ankle_roll_link"


def test_a_head_is_below_its_antennas(
    tmp_path: Path, arms_of: Callable[[Robot], list[list[int]]], g1: Robot
) -> None:
    head = links(("neck", "0 0 0.35", "0 0 1"), ("skull", "0 0 0.08", "0 1 0"))
    antennas = "".join(links((f"antenna_{y}", f"0 0.0{y} 0.1", "0 1 0")) for y in (1, 2))
    text = head.replace("</body></body>", f"{antennas}</body></body>")
    robot = grown_g1(tmp_path, {"torso_link": text})
    pos = standing(robot, robot.default_dof_pos[None])[0][0]
    found = head_of(robot, robot.body_names.index("torso_link"), arms_of(robot), pos)
    assert found is not None
    assert robot.body_names[found.body] == "skull"
    assert "taken for the head" in found.doubt
    bare = standing(g1, g1.default_dof_pos[None])[0][0]
    assert head_of(g1, g1.body_names.index("torso_link"), arms_of(g1), bare) is None

"""A proposal that is not sure says so; one that is says nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.pairs.doubts import doubts_of
from retarget.pairs.roles import roles_of


@pytest.mark.parametrize("name", ["g1", "h1", "h1_2", "microduck"])
def test_known_robots_leave_no_doubt(name: str) -> None:
    robot = load_robot(name)
    roles = roles_of(robot)
    assert (roles.doubts, doubts_of(robot, roles)) == ((), ())


def test_a_duck_with_a_hip_beside_its_leg_is_even(open_duck: Robot) -> None:
    assert doubts_of(open_duck, roles_of(open_duck)) == ()


def test_a_finger_that_the_yaml_calls_a_hand_is_doubted(fingers: Robot) -> None:
    tips = tuple(f"{side}_hand_middle_1_link" for side in ("left", "right"))
    robot = replace(fingers, hand_bodies=tips)
    roles = roles_of(robot)
    assert roles.arms[0].hand == tips[0], "what a yaml says is done"
    assert (
        f"hand_bodies names {tips[0]}, and fingers seem to begin at left_wrist" in roles.doubts[0]
    )
    told = "; ".join(doubts_of(robot, roles))
    assert "left_upper_arm is 0.14 m long here" in told
    assert "from left_shoulder_roll_link to left_elbow_link" in told


def test_sides_that_differ_are_doubted(g1: Robot) -> None:
    offsets = g1.body_offset_pos.copy()
    offsets[g1.body_names.index("left_elbow_link")] *= 1.4
    longer = replace(g1, body_offset_pos=offsets)
    assert "the left upper_arm is 0.2" in "; ".join(doubts_of(longer, roles_of(longer)))


def test_front_legs_are_no_arms(g1: Robot, tmp_path: Path) -> None:
    del tmp_path
    pose = g1.default_dof_pos.copy()
    offsets = g1.body_offset_pos.copy()
    for side in ("left", "right"):
        offsets[g1.body_names.index(f"{side}_shoulder_pitch_link"), 2] -= 0.75
    low = replace(g1, body_offset_pos=offsets, default_dof_pos=pose)
    assert "above the soles: a leg, and not an arm?" in "; ".join(doubts_of(low, roles_of(low)))

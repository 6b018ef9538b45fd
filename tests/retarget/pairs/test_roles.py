"""Which body is a hip, a knee, an elbow: on robots that were configured by hand, and on strange ones."""

from dataclasses import replace

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.pairs.roles import roles_of


@pytest.mark.parametrize(
    ("name", "hip", "knee", "foot"),
    [
        ("g1", "hip_roll_link", "knee_link", "ankle_roll_link"),
        ("h1", "hip_pitch_link", "knee_link", "ankle_link"),
        ("h1_2", "hip_roll_link", "knee_link", "ankle_roll_link"),
        ("microduck", "thigh", "shank", "foot"),
    ],
)
def test_legs_are_told_by_their_joints(name: str, hip: str, knee: str, foot: str) -> None:
    for leg in roles_of(load_robot(name)).legs:
        expected = [f"{leg.side}_{body}" for body in (hip, knee, foot)]
        assert [leg.hip, leg.knee, leg.foot] == expected


@pytest.mark.parametrize(
    ("name", "hand"), [("g1", "wrist_yaw_link"), ("h1", "elbow_link"), ("h1_2", "wrist_yaw_link")]
)
def test_arms_are_told_by_their_joints(name: str, hand: str) -> None:
    roles = roles_of(load_robot(name))
    assert roles.torso == "torso_link"
    for arm in roles.arms:
        expected = [f"{arm.side}_{body}" for body in ("shoulder_roll_link", "elbow_link", hand)]
        assert [arm.shoulder, arm.elbow, arm.hand] == expected


def test_a_forearm_without_wrist_has_its_hand_at_the_end_of_its_shape() -> None:
    for arm in roles_of(load_robot("h1")).arms:
        np.testing.assert_allclose(arm.tip, [0.26, 0.0, -0.015])
        assert arm.wrist_dofs == ()


def test_hands_are_found_where_the_yaml_names_none(g1: Robot) -> None:
    arms = roles_of(replace(g1, hand_bodies=())).arms
    assert [arm.elbow for arm in arms] == ["left_elbow_link", "right_elbow_link"]


def test_ducks_have_no_arms_and_knees_behind(microduck: Robot, open_duck: Robot) -> None:
    for duck in (microduck, open_duck):
        roles = roles_of(duck)
        assert roles.arms == ()
        assert roles.head == "head"
        assert all(leg.backwards and 0.7 < leg.crouch < 0.9 for leg in roles.legs)


def test_a_head_that_no_joint_turns_is_none() -> None:
    assert roles_of(load_robot("h1_2")).head == ""


def test_swapped_sides_are_refused(g1: Robot) -> None:
    swapped = replace(g1, foot_bodies=g1.foot_bodies[::-1])
    with pytest.raises(RobotError, match=r"foot_bodies: expected the left one first.*swapped"):
        roles_of(swapped)
    with pytest.raises(RobotError, match=r"hand_bodies: expected the left one first"):
        roles_of(replace(g1, hand_bodies=g1.hand_bodies[::-1]))


def test_other_numbers_of_feet_and_hands_are_refused(g1: Robot) -> None:
    with pytest.raises(RobotError, match=r"foot_bodies: expected two.*found 1"):
        roles_of(replace(g1, foot_bodies=g1.foot_bodies[:1]))
    with pytest.raises(RobotError, match=r"hand_bodies: expected two.*left_wrist_yaw_link"):
        roles_of(replace(g1, hand_bodies=g1.hand_bodies[:1]))


def test_a_leg_without_a_knee_is_refused(g1: Robot) -> None:
    stiff = replace(g1, foot_bodies=("left_hip_yaw_link", "right_hip_yaw_link"))
    with pytest.raises(RobotError, match=r"left_hip_yaw_link: found no knee"):
        roles_of(stiff)

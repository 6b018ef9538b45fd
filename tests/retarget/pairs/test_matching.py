"""The pose that matches a human's T-pose, found within a robot's limits."""

from dataclasses import replace

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.pairs.files import load_pair
from retarget.pairs.matching import matching_pose
from retarget.pairs.roles import roles_of

DOWN, LEFT = np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0])
DIRECTIONS = {
    **{f"{side}_{limb}": DOWN for side in ("left", "right") for limb in ("thigh", "shank")},
    **{f"left_{limb}": LEFT for limb in ("upper_arm", "forearm")},
    **{f"right_{limb}": -LEFT for limb in ("upper_arm", "forearm")},
}


def limited(robot: Robot, joint: str, low: float, high: float) -> Robot:
    limits = robot.dof_limits.copy()
    limits[robot.dof_names.index(joint)] = (low, high)
    return replace(robot, dof_limits=limits)


@pytest.mark.parametrize("name", ["g1", "h1", "h1_2"])
def test_the_pose_is_the_one_that_people_found(name: str) -> None:
    robot = load_robot(name)
    found = matching_pose(robot, roles_of(robot), DIRECTIONS)
    by_hand = load_pair("smpl", robot).matching_pose
    assert found == pytest.approx(dict(by_hand), abs=1e-3)


def test_straight_legs_need_no_turns_where_they_are_straight_at_zero(microduck: Robot) -> None:
    assert matching_pose(microduck, roles_of(microduck), DIRECTIONS) == {}


def test_a_pose_just_within_the_limits_is_exact_instead_of_plain(g1: Robot) -> None:
    tight = limited(g1, "left_shoulder_roll_joint", -1.5882, 1.4)
    found = matching_pose(tight, roles_of(tight), DIRECTIONS)
    assert found["left_shoulder_roll_joint"] <= 1.4
    assert found["right_shoulder_roll_joint"] == pytest.approx(-1.5708, abs=0.2)


def test_limits_that_exclude_the_pose_are_an_error(g1: Robot) -> None:
    tight = limited(g1, "right_elbow_joint", -1.0, 0.5)
    with pytest.raises(RobotError, match=r"right_\w+: the limits exclude.*right_elbow_joint"):
        matching_pose(tight, roles_of(tight), DIRECTIONS)

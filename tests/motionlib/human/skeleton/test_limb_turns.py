"""Turns that lay rest bones along the robot's: limbs by direction, feet flat, trunk untouched."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.human.skeleton.limb_turns import limb_turns
from motionlib.human.skeleton.rest_pose import rest_pose_of
from motionlib.human.skeleton.transfer import robot_rest
from motionlib.human.skeleton.tree import Skeleton


@pytest.fixture
def spread(smpl):
    """`spread(feet)`: the robot's bones with legs spread by 20 degrees, feet leaning with them."""

    def make(feet):
        offsets = smpl.body_offset_pos.copy()
        offsets[0] = 0.0
        for side, sign in (("L", 1.0), ("R", -1.0)):
            angle = np.radians(20.0) * sign
            out = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)],
                            [0, np.sin(angle), np.cos(angle)]])  # fmt: skip
            for body in ("Knee", "Ankle", "Toe"):
                index = smpl.body_names.index(f"{side}_{body}")
                offsets[index] = out @ offsets[index]
        return Skeleton(
            path=Path("a.bvh"),
            names=smpl.body_names,
            parents=tuple(smpl.parents.tolist()),
            offsets=offsets,
            end_sites={},
            map=SkeletonMap(name="m", joints={n: n for n in smpl.body_names}, feet=feet),
        )

    return make


def turned_bone(skeleton, robot, body, child):
    """Angle in degrees between the robot's bone and the skeleton's after its turn, and the turn."""
    rest, stand = rest_pose_of(skeleton), robot_rest(robot)
    turn = limb_turns(skeleton, rest, robot, stand).get(body, np.eye(3))
    start, end = robot.body_names.index(body), robot.body_names.index(child)
    ours = turn @ rest.axes @ (rest.pos[end] - rest.pos[start])
    own = (stand.body_pos[end] - stand.body_pos[start]).numpy()
    cosine = ours @ own / np.linalg.norm(ours) / np.linalg.norm(own)
    return np.degrees(np.arccos(min(cosine, 1.0))), turn


@pytest.mark.parametrize(
    ("body", "child"),
    [("L_Hip", "L_Knee"), ("R_Knee", "R_Ankle"), ("L_Shoulder", "L_Elbow"), ("R_Wrist", "R_Hand")],
)
def test_limbs_point_as_the_robots_do(spread, smpl, body, child):
    angle, turn = turned_bone(spread("flat"), smpl, body, child)
    assert angle < 1e-4
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)


def test_feet_that_lean_with_the_legs_are_straightened_with_them(spread, smpl):
    angle, turn = turned_bone(spread("with_legs"), smpl, "L_Ankle", "L_Toe")
    assert angle < 0.1
    # the leg's own 20 degrees about forward
    assert np.degrees(np.arccos((np.trace(turn) - 1.0) / 2.0)) == pytest.approx(20.0, abs=0.1)


def test_flat_feet_turn_about_the_vertical_alone(spread, smpl):
    for side in "LR":
        _, turn = turned_bone(spread("flat"), smpl, f"{side}_Ankle", f"{side}_Toe")
        np.testing.assert_allclose(turn[2], [0, 0, 1], atol=1e-12)


def test_trunk_and_collars_are_not_turned(spread, smpl):
    turns = limb_turns(spread("flat"), rest_pose_of(spread("flat")), smpl, robot_rest(smpl))
    assert not {"Pelvis", "Torso", "Chest", "Neck", "Head", "L_Thorax"} & set(turns)


def with_bone(skeleton, body, offset):
    offsets = skeleton.offsets.copy()
    offsets[skeleton.names.index(body)] = offset
    return replace(skeleton, offsets=offsets)


@pytest.mark.parametrize("feet", ["flat", "with_legs"])
def test_a_foot_straight_down_is_not_turned_by_what_is_left_beside_it(spread, smpl, feet):
    stand, ankles = robot_rest(smpl), []
    down = np.array([0.0, 0.0, -0.06])
    if feet == "with_legs":  # the leg leans by 20 degrees, and its foot with it
        angle = np.radians(20.0)
        down = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)],
                         [0, np.sin(angle), np.cos(angle)]]) @ down  # fmt: skip
    for dirt in ((0, 0, 0), (1e-6, 0, 0), (-1e-6, 0, 0), (0, 1e-6, 0), (0, -1e-6, 0)):
        skeleton = with_bone(spread(feet), "L_Toe", down + dirt)
        with np.errstate(all="raise"):
            turns = limb_turns(skeleton, rest_pose_of(skeleton), smpl, stand)
        np.testing.assert_array_equal(turns["L_Ankle"], turns["L_Toe"])
        ankles.append(turns["L_Ankle"])
    np.testing.assert_allclose(ankles, [ankles[0]] * 5, atol=1e-9)


def test_a_foot_that_hangs_is_lifted(spread, smpl):
    for side in (-1e-6, 1e-6):
        skeleton = with_bone(spread("flat"), "L_Toe", (0.0, side, -0.2))
        angle, _ = turned_bone(skeleton, smpl, "L_Ankle", "L_Toe")
        assert angle < 1e-3


def test_what_lies_beside_an_ankle_is_no_foot(spread, smpl):
    skeleton = with_bone(spread("flat"), "L_Toe", (0.0, 0.1, -0.06))
    turns = limb_turns(skeleton, rest_pose_of(skeleton), smpl, robot_rest(smpl))
    np.testing.assert_array_equal(turns["L_Ankle"], np.eye(3))


@pytest.mark.parametrize("dirt", [0.0, 1e-6])
def test_a_limb_that_points_away_is_refused_not_twisted(spread, smpl, dirt):
    wrist = -smpl.body_offset_pos[smpl.body_names.index("L_Wrist")] * 0.9
    skeleton = with_bone(spread("flat"), "L_Wrist", wrist + np.array([0.0, 0.0, dirt]))
    with pytest.raises(MotionError, match=r"a\.bvh: .*bone of L_Elbow points away.*joint map"):
        limb_turns(skeleton, rest_pose_of(skeleton), smpl, robot_rest(smpl))


def test_a_hand_without_length_or_behind_the_wrist_keeps_to_the_forearm(spread, smpl):
    hand = -smpl.body_offset_pos[smpl.body_names.index("L_Hand")]
    for offset in (hand, hand * 1e-5):
        skeleton = with_bone(spread("flat"), "L_Hand", offset)
        turns = limb_turns(skeleton, rest_pose_of(skeleton), smpl, robot_rest(smpl))
        np.testing.assert_array_equal(turns["L_Wrist"], turns["L_Elbow"])

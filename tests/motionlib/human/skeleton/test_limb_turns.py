"""Turns that lay rest bones along the robot's: limbs by direction, feet flat, trunk untouched."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.human.skeleton.limb_turns import limb_turns
from motionlib.human.skeleton.rest_pose import Skeleton, rest_pose_of
from motionlib.human.skeleton.transfer import robot_rest


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

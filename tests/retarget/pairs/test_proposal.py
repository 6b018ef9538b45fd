"""A pair for a robot that nobody configured works nearly as well as one written by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.errors import RobotError
from motionlib.files import data_folder
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.pairs.checks import check_source
from retarget.pairs.files import load_pair
from retarget.pairs.pair import Pair
from retarget.pairs.proposal import propose_pair
from retarget.retargeting import Retargeter
from retarget.tree import world_poses
from tests.grown_robots import ARMLESS, grown_g1

Propose = Callable[[Robot], Pair]
WALK = "BMLrub/rub001/0001_walk_stageii.npz"


@pytest.fixture
def walk(smpl: Robot) -> Motion:
    """A person who walks."""
    clip = read_human_clip(data_folder() / "motions" / "amass_sample" / WALK, smpl)
    human = convert_clip(clip, smpl, HumanSettings())
    arrays = (human.root_pos, human.root_quat_wxyz, human.dof_pos)
    pos, quat, dofs = (torch.as_tensor(each) for each in arrays)
    return Motion(
        name="walk", robot=smpl, fps=human.fps, root_pos=pos, root_quat_wxyz=quat, dof_pos=dofs,
        provenance=Provenance(source="made here"),
    )  # fmt: skip


@pytest.fixture
def propose(smpl: Robot, tmp_path: Path) -> Propose:
    """`propose(robot)`: the proposal, written and read back."""

    def read_back(robot: Robot) -> Pair:
        path = tmp_path / "proposed.yaml"
        path.write_text(propose_pair(smpl, robot))
        pair = load_pair("smpl", robot, path)
        check_source(pair, smpl, robot)
        return pair

    return read_back


def error_cm(motion: Motion, robot: Robot, pair: Pair, judge: Pair) -> float:
    """Mean distance of a judging pair's weighed keypoints from their targets."""
    result = Retargeter(motion.robot, robot, pair=pair).retarget(motion)
    goal = Retargeter(motion.robot, robot, pair=judge).retarget(motion).goal
    moved = result.motion
    pos, rot = world_poses(robot, moved.root_pos, moved.root_quat_wxyz, moved.dof_pos)
    gaps = []
    for k, point in enumerate(judge.keypoints):
        body = robot.body_names.index(point.body)
        place = pos[:, body] + rot[:, body] @ np.array(point.offset)
        if point.position:
            gaps.append(np.linalg.norm(place - goal.points[:, k], axis=-1))
    assert (moved.dof_pos.numpy() >= robot.dof_limits[:, 0] - 1e-6).all()
    assert (moved.dof_pos.numpy() <= robot.dof_limits[:, 1] + 1e-6).all()
    return 100.0 * float(np.mean(gaps))


@pytest.mark.parametrize("name", ["g1", "h1", "h1_2", "microduck"])
def test_a_known_robot_is_proposed_nearly_as_it_was_written(
    name: str, propose: Propose, walk: Motion
) -> None:
    robot = load_robot(name)
    by_hand, proposed = load_pair("smpl", robot), propose(robot)
    # judged by the hand-written pair's own targets, which differ a little from the proposed ones
    assert (
        error_cm(walk, robot, proposed, by_hand)
        < 1.2 * error_cm(walk, robot, by_hand, by_hand) + 0.5 * robot.standing_height
    )


def test_a_robot_outside_the_workbench_walks(
    open_duck: Robot, propose: Propose, walk: Motion
) -> None:
    pair = propose(open_duck)
    assert error_cm(walk, open_duck, pair, pair) < 2.0 * open_duck.standing_height
    result = Retargeter(walk.robot, open_duck, pair=pair).retarget(walk)
    robot, human = (
        float((each.root_pos - each.root_pos[0])[:, :2].norm(dim=-1).max())
        for each in (result.motion, walk)
    )
    assert 0.1 < robot / human < 0.4, "it goes as far as its legs are long"


def test_proposal_says_how_it_came_about(smpl: Robot, smplx: Robot, g1: Robot) -> None:
    text = propose_pair(smpl, g1)
    assert "left_thigh       0.422 -> 0.306" in text
    assert "left_knee: {source: L_Knee, body: left_knee_link, after: left_hip, position: 1}" in text
    assert propose_pair(smpl, g1) == text
    assert "source: smplx" in propose_pair(smplx, g1)


def test_small_robots_weigh_positions_more(propose: Propose, open_duck: Robot) -> None:
    points = {point.name: point for point in propose(open_duck).keypoints}
    assert points["left_foot"].position > 10.0
    assert points["left_knee"].position == 0.0, "knees that bend backwards follow nothing"
    assert points["left_knee"].scale == "leg"
    assert propose(open_duck).scales["leg"] == pytest.approx(0.8, abs=0.1)


def test_what_cannot_be_proposed_is_refused(smpl: Robot, g1: Robot) -> None:
    with pytest.raises(RobotError, match=r"expected a source with SMPL's body names.*'Pelvis'"):
        propose_pair(g1, g1)
    with pytest.raises(RobotError, match=r"expected a robot with hinges"):
        propose_pair(smpl, smpl)
    limits = g1.dof_limits.copy()
    limits[g1.dof_names.index("left_shoulder_roll_joint")] = (-0.2, 0.3)
    with pytest.raises(
        RobotError, match=r"left_upper_arm: the limits exclude the source's zero pose"
    ):
        propose_pair(smpl, replace(g1, dof_limits=limits))


def test_fingers_are_proposed_as_none(
    fingers: Robot, plain_fingers: Robot, g1: Robot, propose: Propose, smpl: Robot
) -> None:
    by_yaml = propose(g1)
    for robot in (fingers, plain_fingers):
        pair = propose(robot)
        assert (pair.keypoints, pair.matching_pose) == (by_yaml.keypoints, by_yaml.matching_pose)
        assert pair.doubts == ()
    assert "yaml names none: left_wrist_yaw_link and right_wrist_yaw_link" in propose_pair(
        smpl, fingers
    )


def test_doubts_are_written_and_read(fingers: Robot, propose: Propose, smpl: Robot) -> None:
    named = replace(fingers, hand_bodies=("left_hand_thumb_2_link", "right_hand_thumb_2_link"))
    pair = propose(named)
    assert "and fingers seem to begin at left_wrist_yaw_link" in pair.doubts[0]
    assert "Not sure: look at each" in propose_pair(smpl, named)


def test_toes_follow_toes_and_ankles_ankles(toes: Robot, propose: Propose, walk: Motion) -> None:
    pair = propose(toes)
    points = {point.name: point for point in pair.keypoints}
    assert [points[f"left_{name}"].body for name in ("ankle", "foot", "toe")] == [
        "left_ankle_roll_link", "left_toe_link", "left_toe_link",
    ]  # fmt: skip
    assert [points[f"left_{name}"].source for name in ("ankle", "foot", "toe")] == [
        "L_Ankle", "L_Toe", "L_Toe",
    ]  # fmt: skip
    assert "left_toe_link is taken for toes, left_ankle_roll_link for the ankle" in pair.doubts
    assert error_cm(walk, toes, pair, pair) < 3.0


def test_a_robot_without_arms_is_proposed(tmp_path: Path, propose: Propose) -> None:
    pair = propose(grown_g1(tmp_path / "armless", {}, **ARMLESS))
    assert not [point.name for point in pair.keypoints if "shoulder" in point.name]
    assert pair.doubts == ()

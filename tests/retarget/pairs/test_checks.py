"""Slips in a pair are named: bodies, joints, order, limits, sides."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from motionlib.errors import RobotError
from motionlib.robot import Robot
from retarget.pairs.checks import check_source, check_target
from retarget.pairs.files import PAIRS, load_pair
from retarget.pairs.pair import Pair


@pytest.fixture
def edit(tmp_path: Path, g1: Robot) -> Callable[[str, str], Pair]:
    """`edit(old, new)`: the pair of SMPL and G1 with a text replaced, read."""

    def read(old: str, new: str) -> Pair:
        text = (PAIRS / "smpl_to_g1.yaml").read_text()
        assert old in text
        path = tmp_path / "mine.yaml"
        path.write_text(text.replace(old, new, 1))
        return load_pair("smpl", g1, path)

    return read


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("body: left_knee_link", "body: left_kne_link", r"left_knee.body: found no 'left_kne_link' in g1; nearest: left_knee_link"),
        ("after: left_knee,", "after: left_kneee,", r"left_foot.after: found no 'left_kneee'.*nearest: left_knee"),
        ("after: left_knee,", "after: left_toe,", r"left_foot.after: found no 'left_toe' in the keypoints above"),
        ("body: left_knee_link, after: left_hip", "body: left_knee_link", r"left_knee: only the first keypoint is the root"),
        ("body: left_knee_link,", "body: left_knee_link, scale: leg,", r"left_knee.scale: found no 'leg' in scales"),
        ("left_elbow_joint: 1.5708", "left_elbow: 1.5708", r"matching_pose: found no 'left_elbow' in g1; nearest: left_elbow_joint"),
        ("left_elbow_joint: 1.5708", "left_elbow_joint: 2.5", r"matching_pose.left_elbow_joint: the limits of g1 exclude it.*found 2.5"),
        ("waist_roll_joint:", "waist_rol_joint:", r"rest_weights: found no 'waist_rol_joint'"),
        ("source: smpl", "self_collision: [[torso_link, left_hand]]\nsource: smpl", r"self_collision: found no 'left_hand'"),
        ("source: smpl", "limit_margin: 0.3\nsource: smpl", r"limit_margin: 0.3 rad leave left_ankle_roll_joint no range"),
    ],
)  # fmt: skip
def test_slips_are_named(
    edit: Callable[[str, str], Pair], old: str, new: str, message: str
) -> None:
    with pytest.raises(RobotError, match=message) as caught:
        edit(old, new)
    assert "mine.yaml" in str(caught.value)


def test_a_body_that_the_source_lacks_is_named(
    edit: Callable[[str, str], Pair], smpl: Robot, g1: Robot
) -> None:
    pair = edit("source: L_Knee", "source: L_Kne")
    with pytest.raises(RobotError, match=r"left_knee.source: found no 'L_Kne' in smpl.*L_Knee"):
        check_source(pair, smpl, g1)


def test_mirrored_sides_are_refused(
    edit: Callable[[str, str], Pair], smpl: Robot, g1: Robot
) -> None:
    check_source(load_pair("smpl", g1), smpl, g1)
    with pytest.raises(RobotError, match=r"left_knee: R_Knee is at y -0.08 m.*sides are mirrored"):
        check_source(edit("source: L_Knee", "source: R_Knee"), smpl, g1)


def test_a_pair_made_in_code_is_checked_too(g1: Robot) -> None:
    pair = replace(load_pair("smpl", g1), rest_weights={"nothing_*": 1.0})
    with pytest.raises(RobotError, match=r"here: rest_weights: found no 'nothing_\*'"):
        check_target("here", pair, g1)

"""Channels as poses: any order, positions on any joint, and the rate that a frame time means."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.errors import MotionError
from motionlib.human.readers.bvh_hierarchy import BvhJoint
from motionlib.human.readers.bvh_motion import fps_of, joint_poses, starts_with_rest_pose
from motionlib.human.readers.bvh_parser import BvhFile


def arm(values, *, channels=("Zrotation", "Xrotation", "Yrotation"), frame_time="0.01"):
    """A root and one joint a unit above it; the root has the channels, then the joint."""
    names = ("Xposition", "Yposition", "Zposition", *channels)
    joints = (
        BvhJoint(name="a", parent=-1, offset=(9.0, 9.0, 9.0), channels=names, first_channel=0),
        BvhJoint(name="b", parent=0, offset=(0.0, 1.0, 0.0), channels=names,
                 first_channel=len(names)),
    )  # fmt: skip
    values = np.asarray(values, dtype=float)
    return BvhFile(path=Path("a.bvh"), joints=joints, end_sites={}, num_frames=len(values),
                   frame_time=frame_time, values=values)  # fmt: skip


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YZX", "ZYX"])
def test_rotations_apply_in_the_order_of_the_channels(order):
    angles, more = [20.0, -40.0, 75.0], [5.0, 50.0, -130.0]
    bvh = arm([[1, 2, 3, *angles, 0, 1, 0, *more]], channels=[f"{a}rotation" for a in order])
    poses = joint_poses(bvh)
    root = Rotation.from_euler(order, angles, degrees=True)
    tip = root * Rotation.from_euler(order, more, degrees=True)
    expected = [root.as_quat(scalar_first=True), tip.as_quat(scalar_first=True)]
    dots = np.abs((poses.quat_wxyz[0].numpy() * expected).sum(-1))
    np.testing.assert_allclose(dots, 1.0)
    np.testing.assert_allclose(poses.pos[0, 0], [1, 2, 3])
    np.testing.assert_allclose(poses.pos[0, 1], np.add(root.apply([0, 1, 0]), (1, 2, 3)))


def test_positions_replace_offsets_unless_they_are_all_zero():
    moved = joint_poses(arm([[0] * 6 + [0, 2, 0, 0, 0, 0], [0] * 6 + [0, 0, 5, 0, 0, 0]]))
    np.testing.assert_array_equal(moved.pos[:, 1], [[0, 2, 0], [0, 0, 5]])
    still = joint_poses(arm([[0] * 12, [0] * 12]))
    np.testing.assert_array_equal(still.pos[:, 1], [[0, 1, 0], [0, 1, 0]])


def test_nan_is_named_with_frame_and_channel():
    rows = np.zeros((3, 12))
    rows[2, 10] = np.nan
    with pytest.raises(MotionError, match=r"frame 2: Xrotation of b is nan") as caught:
        joint_poses(arm(rows))
    assert (caught.value.gate, caught.value.frame) == ("nan", 2)


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("0.0333333", 30.0), ("0.033333", 30.0), ("0.0333", 30.0), (".0083333", 120.0),
        ("0.0083", 120.0), ("0.008342", 120.0 / 1.001), ("0.04", 25.0), ("0.017", 60.0),
        ("1.6666667e-2", 60.0), ("0.01", 100.0), ("0.0125", 80.0), ("0.0271", 1.0 / 0.0271),
    ],
)  # fmt: skip
def test_a_rounded_frame_time_means_a_common_rate(text, fps):
    assert math.isclose(fps_of(arm([[0] * 12], frame_time=text)), fps)


@pytest.mark.parametrize("text", ["0", "-0.01", "nan", "", "30", "1e-9", "fast"])
def test_an_absurd_frame_time_is_refused(text):
    with pytest.raises(MotionError, match=r"a\.bvh: Frame Time is '.*expected 0\.0005 to 1 s"):
        fps_of(replace(arm([[0] * 12]), frame_time=text))


def test_a_posed_frame_before_the_recording_is_known():
    posed, real = [1.5, 2, 3, 0, -17, 0, 0, 1, 0, 20, 0, 0], [1.5, 2, 3, 0.1, 0.2, 0.3] * 2
    assert starts_with_rest_pose(arm([posed, real, real]))
    assert not starts_with_rest_pose(arm([posed]))
    assert not starts_with_rest_pose(arm([real, real]))
    assert not starts_with_rest_pose(arm([posed, posed]))
    assert not starts_with_rest_pose(arm([posed, [1.6, *real[1:]]]))

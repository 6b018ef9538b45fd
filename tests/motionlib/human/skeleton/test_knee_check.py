"""Knees bend backwards, or the recording is not what it says."""

import numpy as np
import pytest

from motionlib.errors import MotionError
from motionlib.human.readers.bvh import read_bvh


def bend_knee(world, robot, body, frames):
    """World rotations with one knee, and what hangs on it, bent forwards by a radian."""
    c, s = np.cos(-1.0), np.sin(-1.0)
    forwards = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    out = world.copy()
    hip, knee = robot.body_names.index(f"{body[0]}_Hip"), robot.body_names.index(body)
    for index in range(knee, knee + 3):
        out[frames, index] = out[frames, hip] @ forwards
    return out


def test_sound_knees_are_not_mentioned(tmp_path, smpl, write_bvh, make_robot_motion):
    path = write_bvh(tmp_path / "a.bvh", smpl, *make_robot_motion(smpl))
    assert not any("bends" in note for note in read_bvh(path, smpl).notes)


def test_a_knee_that_bends_forwards_is_refused(tmp_path, smpl, write_bvh, make_robot_motion):
    root_pos, world = make_robot_motion(smpl)
    bad = bend_knee(world, smpl, "R_Knee", slice(None))
    with pytest.raises(MotionError, match=r"RightLeg bends forwards in 100% of the frames"):
        read_bvh(write_bvh(tmp_path / "a.bvh", smpl, root_pos, bad), smpl)


def test_a_few_odd_frames_are_noted(tmp_path, smpl, write_bvh, make_robot_motion):
    root_pos, world = make_robot_motion(smpl)
    odd = bend_knee(world, smpl, "L_Knee", slice(0, 6))
    notes = read_bvh(write_bvh(tmp_path / "a.bvh", smpl, root_pos, odd), smpl).notes
    assert any("LeftLeg bends forwards in 25% of the frames" in note for note in notes)

"""Breadth-first orders and the check that poses belong to a robot."""

import pytest
import torch

from motionlib.errors import RobotError
from motionlib.formats.body_order import body_indices, check_poses, dof_indices, pose_error
from motionlib.motion import states_from_motion


def test_g1_joint_order_is_that_of_isaac_lab(g1):
    names = [g1.dof_names[dof].removesuffix("_joint") for dof in dof_indices(g1, "isaaclab")]
    assert names[:19] == [
        "left_hip_pitch", "right_hip_pitch", "waist_yaw",
        "left_hip_roll", "right_hip_roll", "waist_roll",
        "left_hip_yaw", "right_hip_yaw", "waist_pitch",
        "left_knee", "right_knee", "left_shoulder_pitch", "right_shoulder_pitch",
        "left_ankle_pitch", "right_ankle_pitch", "left_shoulder_roll", "right_shoulder_roll",
        "left_ankle_roll", "right_ankle_roll",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["g1", "microduck"])
def test_breadth_first_is_a_permutation_with_parents_first(request, name):
    robot = request.getfixturevalue(name)
    order = body_indices(robot, "isaaclab")
    assert sorted(order) == list(range(robot.num_bodies))
    assert all(order.index(p) < order.index(b) for b, p in enumerate(robot.parents) if p >= 0)
    assert body_indices(robot, "mjlab") == list(range(robot.num_bodies))


def test_pose_error_finds_the_body_and_the_frame(g1, make_motion):
    motion = make_motion(g1)
    body_pos = states_from_motion(motion).body_pos.clone()
    facts = {
        "root_pos": motion.root_pos,
        "root_quat_wxyz": motion.root_quat_wxyz,
        "dof_pos": motion.dof_pos,
    }
    every = list(range(g1.num_bodies))
    error, _, _ = pose_error(g1, **facts, body_pos=body_pos, bodies=every)
    assert error < 1e-5
    body_pos[11, 7] += torch.tensor([0.0, 0.3, 0.4])
    error, body, frame = pose_error(g1, **facts, body_pos=body_pos, bodies=every)
    assert (body, frame) == (g1.body_names[7], 11)
    assert error == pytest.approx(0.5, abs=1e-5)
    with pytest.raises(RobotError, match=f"x.pt: {body} in frame 11 is 0.500 m"):
        check_poses(g1, **facts, body_pos=body_pos, where="x.pt")

"""Frames in memory."""

import torch

from motionlib.frames import LoadedFrames, local_rotations, rows_of
from motionlib.kinematics import Kinematics
from motionlib.motion import STATE_FIELDS, states_from_motion
from motionlib.robots.files import load_robot
from motionlib.rotations import quat_angle, quat_mul


def test_rows_by_index_and_slice_are_the_same(g1, make_motion):
    source = LoadedFrames(states=states_from_motion(make_motion(g1)))
    some, index = source.frames(slice(3, 9)), source.frames(torch.arange(3, 9))
    for name in STATE_FIELDS:
        assert torch.equal(getattr(some, name), getattr(index, name))
    assert source.num_frames == 40
    assert source.loaded() is source
    assert source.to("cpu").num_frames == 40


def test_local_rotations_chain_up_to_the_bodies(make_motion):
    robot = load_robot("smpl")
    states = states_from_motion(make_motion(robot))
    source = LoadedFrames(states=states)
    local = source.local_quats(torch.tensor([0, 20]))
    assert torch.equal(local, local_rotations(states.body_quat_wxyz[[0, 20], 0],
                                              states.dof_pos[[0, 20]]))  # fmt: skip
    kinematics = Kinematics(robot)
    poses = kinematics.forward(
        states.body_pos[[0, 20], 0], states.body_quat_wxyz[[0, 20], 0], states.dof_pos[[0, 20]]
    )
    offsets = torch.as_tensor(robot.body_offset_quat_wxyz, dtype=torch.float32)
    for body in range(1, robot.num_bodies):
        parent = poses.body_quat_wxyz[:, int(robot.parents[body])]
        chained = quat_mul(quat_mul(parent, offsets[body].expand_as(parent)), local[:, body])
        assert float(quat_angle(chained, poses.body_quat_wxyz[:, body]).max()) < 2e-3


def test_stored_rotations_are_handed_out_as_they_are(make_motion):
    states = states_from_motion(make_motion(load_robot("smpl")))
    stored = torch.rand(40, 24, 4)
    source = LoadedFrames(states=states, stored_local_quats=stored)
    assert torch.equal(source.local_quats(torch.tensor([5])), stored[5:6])
    assert torch.equal(source.to("cpu").local_quats(slice(0, 2)), stored[:2])
    assert rows_of(stored, slice(0, 1)).shape == (1, 24, 4)

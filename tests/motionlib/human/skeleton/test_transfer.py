"""A foreign skeleton's motion on the robot: feet stand where the human's do."""

import numpy as np
import pytest
import torch

from motionlib.errors import RobotError
from motionlib.human.readers.bvh import skeleton_of
from motionlib.human.readers.bvh_motion import joint_poses
from motionlib.human.readers.bvh_parser import parse_bvh
from motionlib.human.skeleton.rest_pose import rest_pose_of
from motionlib.human.skeleton.transfer import robot_rest, transfer
from motionlib.kinematics import Kinematics
from motionlib.rotations import quat_from_rotvec


@pytest.fixture
def moved(tmp_path, smpl, write_bvh, make_robot_motion):
    """`moved(names)`: the robot's motion through a file whose bodies without a name are left out."""

    def make(**options):
        root_pos, world = make_robot_motion(smpl)
        bvh = parse_bvh(write_bvh(tmp_path / "a.bvh", smpl, root_pos, world, **options))
        skeleton, poses = skeleton_of(bvh), joint_poses(bvh)
        return skeleton, poses, transfer(skeleton, rest_pose_of(skeleton), *poses, smpl)

    return make


def test_ankles_stand_where_the_humans_do(moved, smpl):
    skeleton, poses, out = moved(units=250.0)  # a human of 2.5 times the robot's size, in cm
    rotvec = torch.from_numpy(out.rotvec)
    own = Kinematics(smpl, dtype=torch.float64).forward(
        torch.from_numpy(out.root_pos), quat_from_rotvec(rotvec[:, :3]), rotvec[:, 3:]
    )
    for body, joint in (("L_Ankle", "LeftFoot"), ("R_Hand", "RightHandMiddle1"), ("Head", "Head")):
        human = poses.pos[:, skeleton.names.index(joint)].numpy() / 250.0
        ours = own.body_pos[:, smpl.body_names.index(body)].numpy()
        np.testing.assert_allclose(ours, human[:, [2, 0, 1]], atol=1e-6)


def test_rotations_take_the_shorter_way_and_are_local(moved, smpl):
    _, _, out = moved()
    angles = np.linalg.norm(out.rotvec.reshape(len(out.rotvec), -1, 3), axis=-1)
    assert angles.max() <= np.pi
    assert out.driven.all()
    knee = smpl.body_names.index("L_Knee")
    assert np.abs(out.rotvec[:, 3 * knee + 1] - 0.7).max() < 0.05


def test_another_robot_is_refused(moved, microduck):
    skeleton, poses, _ = moved()
    with pytest.raises(RobotError, match=r"microduck: has no body 'Pelvis'.*retarget"):
        transfer(skeleton, rest_pose_of(skeleton), *poses, microduck)


def test_rest_of_the_robot_is_at_the_origin(smpl):
    rest = robot_rest(smpl)
    assert rest.body_pos[0].tolist() == [0.0, 0.0, 0.0]
    assert rest.body_quat_wxyz[:, 0].tolist() == [1.0] * 24

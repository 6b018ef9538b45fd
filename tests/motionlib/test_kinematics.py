"""Forward kinematics against MuJoCo's own on every robot."""

import mujoco
import pytest
import torch

from motionlib.kinematics import Kinematics
from motionlib.robots.model import robot_model
from motionlib.rotations import quat_angle, quat_normalize


@pytest.mark.parametrize("fixture", ["microduck", "g1", "open_duck"])
def test_body_poses_equal_mujoco(fixture: str, request: pytest.FixtureRequest) -> None:
    robot = request.getfixturevalue(fixture)
    model = robot_model(robot)
    data = mujoco.MjData(model)
    generator = torch.Generator().manual_seed(3)
    limits = torch.as_tensor(robot.dof_limits)
    draw = torch.rand(20, robot.num_dofs, generator=generator, dtype=torch.float64)
    dof_pos = limits[:, 0] + draw * (limits[:, 1] - limits[:, 0])
    root_pos = torch.randn(20, 3, generator=generator, dtype=torch.float64)
    root_quat = quat_normalize(torch.randn(20, 4, generator=generator, dtype=torch.float64))
    kinematics = Kinematics(robot, dtype=torch.float64)
    poses = kinematics.forward(root_pos, root_quat, dof_pos)
    for row in range(20):
        data.qpos[:] = torch.cat((root_pos[row], root_quat[row], dof_pos[row])).numpy()
        mujoco.mj_kinematics(model, data)
        expected_pos = torch.as_tensor(data.xpos[1:])
        expected_quat = torch.as_tensor(data.xquat[1:])
        torch.testing.assert_close(poses.body_pos[row], expected_pos, atol=1e-9, rtol=0)
        assert float(quat_angle(poses.body_quat_wxyz[row], expected_quat).max()) < 1e-6


def test_leading_axes_are_free(microduck) -> None:
    kinematics = Kinematics(microduck)
    shape = (2, 3)
    dof_pos = torch.as_tensor(microduck.default_dof_pos).float().expand(*shape, -1)
    quat = torch.tensor([1.0, 0.0, 0.0, 0.0]).expand(*shape, 4)
    poses = kinematics.forward(torch.zeros(*shape, 3), quat, dof_pos)
    assert poses.body_pos.shape == (*shape, microduck.num_bodies, 3)
    torch.testing.assert_close(poses.body_pos[0, 0], poses.body_pos[1, 2])

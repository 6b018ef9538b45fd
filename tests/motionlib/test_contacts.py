"""Contact labels and sole geometry."""

import torch

from motionlib.contacts import label_contacts, sole_corners, sole_heights
from motionlib.kinematics import Kinematics
from motionlib.robot import Robot


def test_slow_and_low_is_contact() -> None:
    pos = torch.tensor([[0.0, 0.0, 0.05], [0.0, 0.0, 0.05], [0.0, 0.0, 0.2]])
    vel = torch.tensor([[0.1, 0.0, 0.0], [0.1, 0.12, 0.0], [0.0, 0.0, 0.0]])
    assert label_contacts(pos, vel).tolist() == [True, False, False]


def test_soles_lie_on_the_ground_in_the_default_pose(microduck: Robot, g1: Robot) -> None:
    for robot in (microduck, g1):
        root = torch.tensor([0.0, 0.0, robot.default_root_height])
        quat = torch.tensor([1.0, 0.0, 0.0, 0.0])
        default = torch.as_tensor(robot.default_dof_pos).float()
        poses = Kinematics(robot).forward(root, quat, default)
        heights = sole_heights(robot, poses.body_pos, poses.body_quat_wxyz)
        assert heights.shape == (2, 4)
        assert float(heights.abs().max()) < 0.008, robot.name
        corners = sole_corners(robot, poses.body_pos, poses.body_quat_wxyz)
        assert float(corners[0, :, 1].mean()) > 0.0 > float(corners[1, :, 1].mean()), "left is +y"

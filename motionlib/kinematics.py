"""Forward kinematics of a robot's tree, batched over any leading axes."""

from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.rotations import quat_apply, quat_from_axis_angle, quat_mul


class BodyPoses(NamedTuple):
    """World poses of body origins."""

    body_pos: Tensor
    """(..., B, 3) m."""
    body_quat_wxyz: Tensor
    """(..., B, 4) unit."""


class Kinematics:
    """Tree of one robot as tensors on one device; hinge joints at body origins."""

    def __init__(
        self,
        robot: Robot,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.robot = robot
        self._parents = robot.parents.tolist()
        self._offset_pos = torch.as_tensor(robot.body_offset_pos, dtype=dtype, device=device)
        self._offset_quat = torch.as_tensor(robot.body_offset_quat_wxyz, dtype=dtype, device=device)
        self._axes = torch.as_tensor(robot.dof_axes, dtype=dtype, device=device)
        self._dofs_of_body: list[list[int]] = [[] for _ in range(robot.num_bodies)]
        for dof, body in enumerate(robot.dof_bodies.tolist()):
            self._dofs_of_body[body].append(dof)

    def forward(self, root_pos: Tensor, root_quat_wxyz: Tensor, dof_pos: Tensor) -> BodyPoses:
        """World pose of every body.

        Args:
            root_pos: (..., 3) m, world, origin of the root body.
            root_quat_wxyz: (..., 4) unit, world.
            dof_pos: (..., D) rad, robot order.

        Returns:
            (..., B, 3) m and (..., B, 4), robot body order.
        """
        positions, rotations = [root_pos], [root_quat_wxyz]
        joint_quats = quat_from_axis_angle(self._axes.expand(*dof_pos.shape, 3), dof_pos)
        for body in range(1, self.robot.num_bodies):
            parent = self._parents[body]
            offset_pos = self._offset_pos[body].expand_as(root_pos)
            rotation = quat_mul(rotations[parent], self._offset_quat[body])
            for dof in self._dofs_of_body[body]:
                rotation = quat_mul(rotation, joint_quats[..., dof, :])
            positions.append(positions[parent] + quat_apply(rotations[parent], offset_pos))
            rotations.append(rotation)
        return BodyPoses(torch.stack(positions, dim=-2), torch.stack(rotations, dim=-2))

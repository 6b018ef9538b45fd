"""Forward kinematics of a robot's tree, batched over any leading axes."""

from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.rotations import (
    quat_apply,
    quat_from_axis_angle,
    quat_from_rotvec,
    quat_mul,
    rotvec_from_quat,
)


class BodyPoses(NamedTuple):
    """World poses of body origins."""

    body_pos: Tensor
    """(..., B, 3) m."""
    body_quat_wxyz: Tensor
    """(..., B, 4) unit."""


class Kinematics:
    """Tree of one robot as tensors on one device; joints at body origins."""

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
        self._joints_of_body: list[list[int]] = [[] for _ in range(robot.num_bodies)]
        if robot.dof_coordinates == "exponential_map":
            for body in range(1, robot.num_bodies):
                self._joints_of_body[body] = [body - 1]
        else:
            for dof, body in enumerate(robot.dof_bodies.tolist()):
                self._joints_of_body[body].append(dof)

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
        joint_quats = self._joint_quats(dof_pos)
        for body in range(1, self.robot.num_bodies):
            parent = self._parents[body]
            offset_pos = self._offset_pos[body].expand_as(root_pos)
            rotation = quat_mul(rotations[parent], self._offset_quat[body])
            for joint in self._joints_of_body[body]:
                rotation = quat_mul(rotation, joint_quats[..., joint, :])
            positions.append(positions[parent] + quat_apply(rotations[parent], offset_pos))
            rotations.append(rotation)
        return BodyPoses(torch.stack(positions, dim=-2), torch.stack(rotations, dim=-2))

    def _joint_quats(self, dof_pos: Tensor) -> Tensor:
        """(..., J, 4) rotation of each joint: of each hinge, or of each body's rotation vector."""
        if self.robot.dof_coordinates == "exponential_map":
            return local_quats(dof_pos)
        return quat_from_axis_angle(self._axes.expand(*dof_pos.shape, 3), dof_pos)


def local_quats(dof_pos: Tensor) -> Tensor:
    """(..., B - 1, 4) wxyz rotations to the parent of exponential-map dofs (..., 3 (B - 1)) rad."""
    return quat_from_rotvec(dof_pos.unflatten(-1, (-1, 3)))


def exponential_map(quats_wxyz: Tensor) -> Tensor:
    """(..., 3 (B - 1)) rad, the inverse of `local_quats`; every rotation the shorter way round."""
    return rotvec_from_quat(quats_wxyz).flatten(-2)

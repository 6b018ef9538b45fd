"""Ground contact of bodies and soles."""

import torch
from torch import Tensor

from motionlib.robot import Robot
from motionlib.rotations import quat_apply
from motionlib.rules import HEIGHT_LIMIT, SPEED_LIMIT


def label_contacts(
    body_pos: Tensor,
    body_lin_vel: Tensor,
    *,
    speed: float = SPEED_LIMIT,
    height: float = HEIGHT_LIMIT,
) -> Tensor:
    """Bodies that are slow and low, the rule of ProtoMotions' converters.

    It sees body origins only: a foot whose origin is an ankle above `height` is never in contact.

    Args:
        body_pos: (..., B, 3) m, world.
        body_lin_vel: (..., B, 3) m/s, world.
        speed: m/s.
        height: m.

    Returns:
        (..., B) bool.
    """
    return (body_lin_vel.norm(dim=-1) < speed) & (body_pos[..., 2] < height)


def sole_corners(robot: Robot, body_pos: Tensor, body_quat_wxyz: Tensor) -> Tensor:
    """World positions of the four sole corners of every foot, (..., F, 4, 3) m."""
    indices = [robot.body_names.index(sole.body) for sole in robot.soles]
    local = torch.stack([torch.as_tensor(sole.corners) for sole in robot.soles]).to(body_pos)
    quats = body_quat_wxyz[..., indices, :].unsqueeze(-2)
    quats, local = torch.broadcast_tensors(
        quats.expand(*quats.shape[:-2], 4, 4), torch.nn.functional.pad(local, (0, 1))
    )
    return body_pos[..., indices, None, :] + quat_apply(quats, local[..., :3])


def sole_heights(robot: Robot, body_pos: Tensor, body_quat_wxyz: Tensor) -> Tensor:
    """Height above ground of the four sole corners of every foot, (..., F, 4) m."""
    return sole_corners(robot, body_pos, body_quat_wxyz)[..., 2]

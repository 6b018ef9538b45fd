"""Conversion between three hinges x, y, z in series and one joint's rotation vector, with rates.

Hinges a, b, c make R = Rx(a) Ry(b) Rz(c). Everything is batched over leading axes and joints lie
side by side in the last one, three numbers each, so that `dof_pos` (..., D) goes in as it is.
"""

import numpy as np
import torch
from torch import Tensor

from motionlib.kinematics import exponential_map, local_quats
from motionlib.robot import Robot
from motionlib.rotations import matrix_from_quat, quat_from_axis_angle, quat_mul, quat_unroll

_POLE = 1e-6
"""Cosine of the middle hinge below which only the sum of the outer two is defined."""
_LEAST_COSINE = 0.01
"""Half a degree from the pole: nearer to it the hinges cannot turn about every axis, and rates
about the one that is missing fade out instead of growing without bound."""
_TURN = 2.0 * torch.pi


def hinges_from_exponential_map(dof_pos: Tensor, *, near: Tensor | None = None) -> Tensor:
    """Hinge angles of rotation vectors.

    Args:
        dof_pos: (..., D) rad, exponential map.
        near: (..., D) rad hinge angles; of the angle triples within half a turn that make the
            same rotation, the nearest to these is taken. Without it the middle hinge stays
            within a quarter turn.

    Returns:
        (..., D) rad, each within ±pi.
    """
    R = matrix_from_quat(local_quats(dof_pos))
    cosine = torch.hypot(R[..., 0, 0], R[..., 0, 1])
    b = torch.atan2(R[..., 0, 2], cosine)
    at_pole = cosine < _POLE
    a = torch.where(
        at_pole,
        torch.atan2(R[..., 2, 1], R[..., 1, 1]),
        torch.atan2(-R[..., 1, 2], R[..., 2, 2]),
    )
    c = torch.where(at_pole, torch.zeros_like(a), torch.atan2(-R[..., 0, 1], R[..., 0, 0]))
    angles = torch.stack((a, b, c), dim=-1)
    if near is not None:
        angles = _nearest(angles, near.unflatten(-1, (-1, 3)).to(angles))
    return angles.flatten(-2)


def continuous_dofs(robot: Robot, dof_pos: Tensor) -> Tensor:
    """(T, D) rad dofs of consecutive frames without jumps where a rotation passes half a turn.

    A rotation vector longer than pi stands for the same rotation as its shorter opposite, to
    which it changes within one frame. Those of a hinge robot are returned as they are.
    """
    if robot.dof_coordinates == "hinges":
        return dof_pos
    quats = quat_unroll(local_quats(dof_pos))
    xyz = quats[..., 1:]
    sine = xyz.norm(dim=-1, keepdim=True)
    angle = 2.0 * torch.atan2(sine, quats[..., :1])
    tiny = torch.finfo(sine.dtype).tiny
    scale = torch.where(sine > 0.0, angle / sine.clamp_min(tiny), 2.0)
    return (xyz * scale).flatten(-2)


def hinge_states(robot: Robot, dof_pos: Tensor, dof_vel: Tensor) -> tuple[Tensor, Tensor]:
    """Angles and rates of a robot's hinges for dofs and their velocities, all (..., D).

    Those of a hinge robot are returned as they are.
    """
    if robot.dof_coordinates == "hinges":
        return dof_pos, dof_vel
    angles = hinges_from_exponential_map(dof_pos.double())
    rates = hinge_velocities_from_angular(angles, dof_vel.double())
    return angles.to(dof_pos), rates.to(dof_vel)


def dofs_from_hinges(robot: Robot, angles: Tensor) -> Tensor:
    """(..., D) rad dofs of a robot whose hinges stand at `angles` (..., D) rad."""
    if robot.dof_coordinates == "hinges":
        return angles
    return exponential_map_from_hinges(angles.double()).to(angles)


def hinge_angles(dof_pos: np.ndarray, dof_coordinates: str) -> np.ndarray:
    """(D,) rad angles of a model's hinges for `dof_pos` (D,) rad in a robot's own coordinates."""
    if dof_coordinates == "hinges":
        return dof_pos
    return hinges_from_exponential_map(torch.as_tensor(dof_pos, dtype=torch.float64)).numpy()


def exponential_map_from_hinges(angles: Tensor) -> Tensor:
    """Rotation vectors (..., D) rad of hinge angles (..., D) rad; angle at most pi a joint."""
    axes = torch.eye(3, dtype=angles.dtype, device=angles.device)
    joints = angles.unflatten(-1, (-1, 3))
    x, y, z = (quat_from_axis_angle(axes[i].expand_as(joints), joints[..., i]) for i in range(3))
    return exponential_map(quat_mul(quat_mul(x, y), z))


def angular_from_hinge_velocities(angles: Tensor, rates: Tensor) -> Tensor:
    """Angular velocities to the parent, in the parent's frame: what `dof_vel` holds.

    Args:
        angles: (..., D) rad, hinges.
        rates: (..., D) rad/s, hinges.

    Returns:
        (..., D) rad/s.
    """
    a, b, _ = angles.unflatten(-1, (-1, 3)).unbind(-1)
    da, db, dc = rates.unflatten(-1, (-1, 3)).unbind(-1)
    across = dc * b.cos()
    angular = (
        da + dc * b.sin(),
        db * a.cos() - across * a.sin(),
        db * a.sin() + across * a.cos(),
    )
    return torch.stack(angular, dim=-1).flatten(-2)


def hinge_velocities_from_angular(angles: Tensor, angular: Tensor) -> Tensor:
    """Hinge rates that turn bodies at given angular velocities; inverse of the function above.

    Args:
        angles: (..., D) rad, hinges.
        angular: (..., D) rad/s, of the body to its parent, parent frame.

    Returns:
        (..., D) rad/s; where the middle hinge is within half a degree of a quarter turn the part
        that three hinges cannot make fades to zero.
    """
    a, b, _ = angles.unflatten(-1, (-1, 3)).unbind(-1)
    wx, wy, wz = angular.unflatten(-1, (-1, 3)).unbind(-1)
    db = a.cos() * wy + a.sin() * wz
    across = a.cos() * wz - a.sin() * wy
    cosine = b.cos()
    dc = across * cosine / cosine.square().clamp_min(_LEAST_COSINE**2)
    return torch.stack((wx - dc * b.sin(), db, dc), dim=-1).flatten(-2)


def _nearest(angles: Tensor, near: Tensor) -> Tensor:
    """The nearer to `near` of both triples (..., J, 3) of hinge angles that make one rotation."""
    flip = angles.new_tensor((torch.pi, torch.pi, torch.pi))
    sign = angles.new_tensor((1.0, -1.0, 1.0))
    other = torch.remainder(flip + sign * angles + torch.pi, _TURN) - torch.pi
    first, second = ((each - near).square().sum(-1, keepdim=True) for each in (angles, other))
    return torch.where(second < first, other, angles)

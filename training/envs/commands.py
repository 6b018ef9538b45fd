"""What the robot is asked to do, relative to where it is, and how far it is from that."""

from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.rotations import quat_conjugate, quat_mul, yaw_quat
from training.envs.reference import BodyStates


class TrackingErrors(NamedTuple):
    """Distances of E robots from their reference; K tracked bodies."""

    anchor_pos: Tensor
    """(E,) m, world."""
    anchor_ori: Tensor
    """(E,) rad."""
    anchor_lin_vel: Tensor
    """(E,) m/s."""
    anchor_ang_vel: Tensor
    """(E,) rad/s."""
    body_pos: Tensor
    """(E, K) m, against relative targets."""
    body_ori: Tensor
    """(E, K) rad, against relative targets."""
    body_lin_vel: Tensor
    """(E, K) m/s, world."""
    body_ang_vel: Tensor
    """(E, K) rad/s, world."""


def relative_targets(
    reference: BodyStates, robot: BodyStates, *, anchor: int
) -> tuple[Tensor, Tensor]:
    """The reference's bodies moved to the robot: its horizontal place and heading, not its height.

    With Δp the robot's anchor position at the height of the reference's anchor, and Δq the yaw of
    q_robot q_reference⁻¹ of the anchors: Δp + Δq·(body − anchor) and Δq ⊗ q_body (BeyondMimic).

    Args:
        reference: (E, K) bodies.
        robot: (E, K) bodies.
        anchor: Row of the anchor body in both.

    Returns:
        (E, K, 3) m and (E, K, 4), world.
    """
    between = quat_mul(robot.quat_wxyz[:, anchor], quat_conjugate(reference.quat_wxyz[:, anchor]))
    turn = yaw_quat(between)
    half_cos, half_sin = turn[:, 0, None], turn[:, 3, None]
    cos, sin = half_cos.square() - half_sin.square(), 2.0 * half_cos * half_sin
    x, y, z = reference.pos.unbind(-1)
    x, y = x - x[:, anchor, None], y - y[:, anchor, None]
    here = robot.pos[:, anchor, None]
    pos = torch.stack(
        (here[..., 0] + cos * x - sin * y, here[..., 1] + sin * x + cos * y, z), dim=-1
    )
    qw, qx, qy, qz = reference.quat_wxyz.unbind(-1)
    # a rotation about z acts on (w, z) and on (x, y) like one in a plane
    quat = torch.stack(
        (
            half_cos * qw - half_sin * qz,
            half_cos * qx - half_sin * qy,
            half_cos * qy + half_sin * qx,
            half_cos * qz + half_sin * qw,
        ),
        dim=-1,
    )
    return pos, quat


def rotation_distance(a: Tensor, b: Tensor) -> Tensor:
    """Angle between unit quaternions, (...) rad, from the chord: exact for small angles too."""
    sign = torch.where((a * b).sum(-1, keepdim=True) < 0.0, -1.0, 1.0)
    chord = (a - sign * b).square().sum(-1).sqrt()
    # |a - b| = 2 sin(angle / 4), at most sqrt(2) once the signs agree
    return 4.0 * torch.asin((0.5 * chord).clamp(max=1.0))


def tracking_errors(
    reference: BodyStates, robot: BodyStates, *, anchor: int, num_tracked: int
) -> TrackingErrors:
    """How far robots are from their reference.

    Args:
        reference: (E, N) bodies, the tracked ones first.
        robot: The same bodies of the robots.
        anchor: Row of the anchor body.
        num_tracked: K.
    """
    pos, quat = relative_targets(reference, robot, anchor=anchor)
    lin_vel = _length(reference.lin_vel - robot.lin_vel)
    ang_vel = _length(reference.ang_vel - robot.ang_vel)
    own = slice(num_tracked)
    return TrackingErrors(
        anchor_pos=_length(reference.pos[:, anchor] - robot.pos[:, anchor]),
        anchor_ori=rotation_distance(reference.quat_wxyz[:, anchor], robot.quat_wxyz[:, anchor]),
        anchor_lin_vel=lin_vel[:, anchor],
        anchor_ang_vel=ang_vel[:, anchor],
        body_pos=_length(pos - robot.pos)[:, own],
        body_ori=rotation_distance(quat, robot.quat_wxyz)[:, own],
        body_lin_vel=lin_vel[:, own],
        body_ang_vel=ang_vel[:, own],
    )


def _length(x: Tensor) -> Tensor:
    return x.square().sum(-1).sqrt()

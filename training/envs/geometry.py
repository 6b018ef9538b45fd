"""Where bodies are to each other, how far apart, and as seen from where; smooth wherever it can be."""

import torch
from torch import Tensor

from motionlib.rotations import matrix_from_quat, quat_conjugate, quat_mul, yaw_quat
from training.envs.snapshot import BodyStates

_TINY = 1e-30
"""A number under any square that counts; keeps the root's slope finite at zero."""


def length(vectors: Tensor) -> Tensor:
    """Norms of (..., N) vectors; at zero they and their gradient are zero (to 1e-15)."""
    return vectors.square().sum(-1).clamp_min(_TINY).sqrt()


def rotation_distance(a: Tensor, b: Tensor) -> Tensor:
    """Angle between unit quaternions, (...) rad, from the chord: exact for small angles too."""
    sign = torch.where((a * b).sum(-1, keepdim=True) < 0.0, -1.0, 1.0)
    # |a - b| = 2 sin(angle / 4), at most sqrt(2) once the signs agree
    return 4.0 * torch.asin((0.5 * length(a - sign * b)).clamp(max=1.0))


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


def up_component(quat_wxyz: Tensor) -> Tensor:
    """Z of the world's up direction in the frames of (..., 4) rotations, 1 when upright."""
    _, x, y, _ = quat_wxyz.unbind(-1)
    return 1.0 - 2.0 * (x.square() + y.square())


def up_angle(a: Tensor, b: Tensor) -> Tensor:
    """Angle between the world's up direction as seen from two frames of (..., 4), (...) rad."""
    seen, other = up_direction(a), up_direction(b)
    # atan2 keeps small angles that arccos of a float32 dot product loses
    across = length(torch.linalg.cross(seen, other))
    return torch.atan2(across, (seen * other).sum(-1))


def up_direction(quat_wxyz: Tensor) -> Tensor:
    """The world's up direction in the frames of (..., 4) rotations, (..., 3) unit."""
    w, x, y, z = quat_wxyz.unbind(-1)
    rows = (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y))
    return torch.stack(rows, dim=-1)


def rotation_columns(quat_wxyz: Tensor) -> Tensor:
    """First two columns of rotation matrices as rows: (..., 4) to (..., 2, 3)."""
    w, x, y, z = quat_wxyz.unbind(-1)
    columns = (
        1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y),
        2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x),
    )  # fmt: skip
    return torch.stack(columns, dim=-1).unflatten(-1, (2, 3))


def in_frame(frame_quat_wxyz: Tensor, vectors: Tensor) -> Tensor:
    """(E, N, 3) world vectors in the axes of (E, 4) frames."""
    return torch.bmm(vectors, matrix_from_quat(frame_quat_wxyz))


def body_frames_in_anchor(
    pos: Tensor, quat_wxyz: Tensor, *, anchor_pos: Tensor, anchor_quat_wxyz: Tensor
) -> tuple[Tensor, Tensor]:
    """Poses of N bodies as a robot's anchor sees them.

    Args:
        pos: (E, N, 3) m, world.
        quat_wxyz: (E, N, 4), world.
        anchor_pos: (E, 3) m, world.
        anchor_quat_wxyz: (E, 4), world.

    Returns:
        (E, N, 3) m, and (E, N, 6): two columns of the relative rotation matrix, row-major 3 × 2.
    """
    count = pos.shape[1]
    columns = rotation_columns(quat_wxyz).flatten(1, 2)
    vectors = torch.cat((pos - anchor_pos.unsqueeze(1), columns), dim=1)
    local = in_frame(anchor_quat_wxyz, vectors)
    columns = local[:, count:].unflatten(1, (count, 2)).transpose(-1, -2)
    return local[:, :count], columns.flatten(2)

"""Batched quaternion algebra on torch tensors; every quaternion is wxyz with shape (..., 4)."""

import torch
from torch import Tensor

_SMALL_ANGLE = 1e-6


def quat_mul(a: Tensor, b: Tensor) -> Tensor:
    """Hamilton product: rotate by `b`, then by `a`."""
    aw, ax, ay, az = a.unbind(-1)
    bw, bx, by, bz = b.unbind(-1)
    return torch.stack(
        (
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ),
        dim=-1,
    )


def quat_conjugate(q: Tensor) -> Tensor:
    """Inverse of a unit quaternion."""
    return torch.cat((q[..., :1], -q[..., 1:]), dim=-1)


def quat_normalize(q: Tensor) -> Tensor:
    """Scale to unit norm; a zero quaternion gives NaN, so that it is seen."""
    return q / q.norm(dim=-1, keepdim=True)


def quat_apply(q: Tensor, v: Tensor) -> Tensor:
    """Rotate (..., 3) vectors by unit quaternions."""
    xyz = q[..., 1:]
    t = 2.0 * torch.linalg.cross(xyz, v)
    return v + q[..., :1] * t + torch.linalg.cross(xyz, t)


def quat_apply_inverse(q: Tensor, v: Tensor) -> Tensor:
    """Rotate (..., 3) vectors by the inverse of unit quaternions."""
    xyz = q[..., 1:]
    t = 2.0 * torch.linalg.cross(xyz, v)
    return v - q[..., :1] * t + torch.linalg.cross(xyz, t)


def quat_from_axis_angle(axis: Tensor, angle: Tensor) -> Tensor:
    """Rotation by (...) rad about a (..., 3) unit axis."""
    half = 0.5 * angle.unsqueeze(-1)
    return torch.cat((half.cos(), axis * half.sin()), dim=-1)


def quat_from_rotvec(v: Tensor) -> Tensor:
    """Exponential map of (..., 3) rotation vectors in rad."""
    angle = v.norm(dim=-1, keepdim=True)
    half = 0.5 * angle
    # torch.sinc(x) = sin(pi x) / (pi x), smooth through zero
    return torch.cat((half.cos(), 0.5 * v * torch.sinc(half / torch.pi)), dim=-1)


def rotvec_from_quat(q: Tensor) -> Tensor:
    """Logarithm: (..., 3) rad, of the shorter way round (angle at most pi)."""
    q = torch.where(q[..., :1] < 0.0, -q, q)
    xyz = q[..., 1:]
    sine = xyz.norm(dim=-1, keepdim=True)
    angle = 2.0 * torch.atan2(sine, q[..., :1])
    scale = torch.where(sine > _SMALL_ANGLE, angle / sine.clamp_min(_SMALL_ANGLE), 2.0)
    return xyz * scale


def quat_angle(a: Tensor, b: Tensor) -> Tensor:
    """Geodesic angle between two rotations, (...) rad in [0, pi]."""
    relative = quat_mul(quat_conjugate(a), b)
    return 2.0 * torch.atan2(relative[..., 1:].norm(dim=-1), relative[..., 0].abs())


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Spherical interpolation along the shorter way.

    Args:
        a: (..., 4) at `t` = 0.
        b: (..., 4) at `t` = 1.
        t: (...) in [0, 1].
    """
    cosine = (a * b).sum(-1, keepdim=True)
    b = torch.where(cosine < 0.0, -b, b)
    angle = torch.acos(cosine.abs().clamp(max=1.0))
    sine = angle.sin()
    t = t.unsqueeze(-1)
    near = sine < _SMALL_ANGLE
    safe = torch.where(near, torch.ones_like(sine), sine)
    weight_a = torch.where(near, 1.0 - t, ((1.0 - t) * angle).sin() / safe)
    weight_b = torch.where(near, t, (t * angle).sin() / safe)
    return quat_normalize(weight_a * a + weight_b * b)


def matrix_from_quat(q: Tensor) -> Tensor:
    """(..., 3, 3) rotation matrices."""
    w, x, y, z = q.unbind(-1)
    rows = (
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    )  # fmt: skip
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def quat_from_matrix(R: Tensor) -> Tensor:
    """Unit quaternion, w >= 0, of (..., 3, 3) rotation matrices (largest-component method)."""
    m00, m11, m22 = R[..., 0, 0], R[..., 1, 1], R[..., 2, 2]
    squares = torch.stack(
        (1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22), -1
    )
    d21, d02, d10 = (
        R[..., 2, 1] - R[..., 1, 2],
        R[..., 0, 2] - R[..., 2, 0],
        R[..., 1, 0] - R[..., 0, 1],
    )
    s10, s02, s21 = (
        R[..., 1, 0] + R[..., 0, 1],
        R[..., 0, 2] + R[..., 2, 0],
        R[..., 2, 1] + R[..., 1, 2],
    )
    candidates = torch.stack(
        (
            torch.stack((squares[..., 0], d21, d02, d10), -1),
            torch.stack((d21, squares[..., 1], s10, s02), -1),
            torch.stack((d02, s10, squares[..., 2], s21), -1),
            torch.stack((d10, s02, s21, squares[..., 3]), -1),
        ),
        dim=-2,
    )
    best = squares.argmax(-1)
    index = best[..., None, None].expand(*best.shape, 1, 4)
    q = quat_normalize(candidates.gather(-2, index).squeeze(-2))
    return torch.where(q[..., :1] < 0.0, -q, q)


def yaw_quat(q: Tensor) -> Tensor:
    """Rotation about world z alone: the heading of the x axis of `q`."""
    w, x, y, z = q.unbind(-1)
    yaw = torch.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    zero = torch.zeros_like(yaw)
    return torch.stack(((0.5 * yaw).cos(), zero, zero, (0.5 * yaw).sin()), dim=-1)


def quat_from_euler_xyz(roll: Tensor, pitch: Tensor, yaw: Tensor) -> Tensor:
    """Roll about x, then pitch about y, then yaw about z, all about fixed world axes; rad."""
    cr, sr = (0.5 * roll).cos(), (0.5 * roll).sin()
    cp, sp = (0.5 * pitch).cos(), (0.5 * pitch).sin()
    cy, sy = (0.5 * yaw).cos(), (0.5 * yaw).sin()
    return torch.stack(
        (
            cr * cp * cy + sr * sp * sy,
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
        ),
        dim=-1,
    )


def quat_unroll(q: Tensor) -> Tensor:
    """Choose signs so that neighbours along dim 0 lie in the same half-space."""
    if q.shape[0] < 2:
        return q.clone()
    flips = torch.where((q[1:] * q[:-1]).sum(-1) < 0.0, -1.0, 1.0).to(q.dtype)
    signs = torch.cat((torch.ones_like(flips[:1]), flips.cumprod(0)))
    return q * signs.unsqueeze(-1)


def wxyz_from_xyzw(q: Tensor) -> Tensor:
    """Reorder a file's or simulator's xyzw into a new wxyz tensor."""
    return torch.cat((q[..., 3:], q[..., :3]), dim=-1)


def xyzw_from_wxyz(q: Tensor) -> Tensor:
    """Reorder into a new xyzw tensor for a file or simulator that wants it."""
    return torch.cat((q[..., 1:], q[..., :1]), dim=-1)

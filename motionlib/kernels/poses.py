"""From sampled rotation vectors to poses on a robot: interpolation and forward kinematics."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.quaternions import (
    multiply,
    quat_from_rotvec,
    rotate,
    rotvec_from_quat,
    slerp,
)


@compiled
def sample_rotations(
    low: np.ndarray, high: np.ndarray, blend: np.ndarray, present: np.ndarray, out: np.ndarray
) -> None:
    """Rotations between two frames, the shorter way round.

    `q(t, b) := slerp(exp(low), exp(high), blend(t))`.

    Args:
        low: (T, B, 3) rad, rotation vectors at the frame before.
        high: (T, B, 3) rad, at the frame after; not read where `blend` is zero.
        blend: (T,) share of the way.
        present: (B,) bool, whether the source has the body; the others do not turn.
        out: (T, B, 4) unit, filled.
    """
    for t in range(out.shape[0]):
        share = blend[t]
        for b in range(out.shape[1]):
            w, x, y, z = 1.0, 0.0, 0.0, 0.0
            if present[b]:
                w, x, y, z = quat_from_rotvec(low[t, b, 0], low[t, b, 1], low[t, b, 2])
                if share > 0.0:
                    hw, hx, hy, hz = quat_from_rotvec(high[t, b, 0], high[t, b, 1], high[t, b, 2])
                    w, x, y, z = slerp(w, x, y, z, hw, hx, hy, hz, share)
            out[t, b, 0] = w
            out[t, b, 1] = x
            out[t, b, 2] = y
            out[t, b, 3] = z


@compiled
def turn_roots(quats: np.ndarray, post: np.ndarray) -> None:
    """Multiply body 0 of (T, B, 4) by `post` (4,) from the right; neighbours in one half-space.

    `q(t) ← ± q(t) p / ‖q(t) p‖`, p = `post`, the sign such that q(t)·q(t − 1) ≥ 0.
    """
    pw, px, py, pz = 1.0, 0.0, 0.0, 0.0
    for t in range(quats.shape[0]):
        q = quats[t, 0]
        w, x, y, z = multiply(q[0], q[1], q[2], q[3], post[0], post[1], post[2], post[3])
        norm = math.sqrt(w * w + x * x + y * y + z * z)
        if t > 0 and w * pw + x * px + y * py + z * pz < 0.0:
            norm = -norm
        pw, px, py, pz = w / norm, x / norm, y / norm, z / norm
        q[0], q[1], q[2], q[3] = pw, px, py, pz


@compiled
def joint_rotvecs(local: np.ndarray, offset_quats: np.ndarray, out: np.ndarray) -> None:
    """Exponential-map dofs of rotations to the parent, every angle at most pi.

    `v := log(o⁻¹ q)`, o being the model rotation and q the rotation of a body to its parent.

    Args:
        local: (T, B, 4) unit, body to parent; 0 is not read.
        offset_quats: (B, 4) unit, the body's model rotation to its parent: what a dof of zero is.
        out: (T, 3 (B - 1)) rad, filled.
    """
    for t in range(local.shape[0]):
        for b in range(1, local.shape[1]):
            q, o = local[t, b], offset_quats[b]
            w, x, y, z = multiply(o[0], -o[1], -o[2], -o[3], q[0], q[1], q[2], q[3])
            x, y, z = rotvec_from_quat(w, x, y, z)
            out[t, 3 * b - 3] = x
            out[t, 3 * b - 2] = y
            out[t, 3 * b - 1] = z


@compiled
def local_rotations(dof_pos: np.ndarray, offset_quats: np.ndarray, out: np.ndarray) -> None:
    """Rotations to the parent from exponential-map dofs: the inverse of `joint_rotvecs`.

    `q := o exp(v)`; (T, B, 4) of (T, 3 (B − 1)) rad. Body 0 of `out` is left alone.
    """
    for t in range(dof_pos.shape[0]):
        for b in range(1, out.shape[1]):
            w, x, y, z = quat_from_rotvec(
                np.float64(dof_pos[t, 3 * b - 3]),
                np.float64(dof_pos[t, 3 * b - 2]),
                np.float64(dof_pos[t, 3 * b - 1]),
            )
            o = offset_quats[b]
            w, x, y, z = multiply(o[0], o[1], o[2], o[3], w, x, y, z)
            out[t, b, 0] = w
            out[t, b, 1] = x
            out[t, b, 2] = y
            out[t, b, 3] = z


@compiled
def forward_kinematics(
    local: np.ndarray,
    parents: np.ndarray,
    offset_pos: np.ndarray,
    body_pos: np.ndarray,
    body_quat: np.ndarray,
) -> None:
    """World poses of all bodies.

    `p_b := p_a + g_a o_b g_a⁻¹` and `g_b := g_a q_b`, a being the parent of b, p and g world
    position and rotation, o_b the offset in the parent's frame and q_b the rotation to the parent.

    Args:
        local: (T, B, 4) unit, body to parent; 0 is the root to the world.
        parents: (B,) int64, parents before children.
        offset_pos: (B, 3) m, parent frame.
        body_pos: (T, B, 3) m, filled; 0 holds the root's on entry.
        body_quat: (T, B, 4) unit, filled.
    """
    for t in range(local.shape[0]):
        for axis in range(4):
            body_quat[t, 0, axis] = local[t, 0, axis]
        for b in range(1, local.shape[1]):
            p = parents[b]
            g, q, o = body_quat[t, p], local[t, b], offset_pos[b]
            x, y, z = rotate(g[0], g[1], g[2], g[3], o[0], o[1], o[2])
            body_pos[t, b, 0] = body_pos[t, p, 0] + x
            body_pos[t, b, 1] = body_pos[t, p, 1] + y
            body_pos[t, b, 2] = body_pos[t, p, 2] + z
            w, x, y, z = multiply(g[0], g[1], g[2], g[3], q[0], q[1], q[2], q[3])
            body_quat[t, b, 0] = w
            body_quat[t, b, 1] = x
            body_quat[t, b, 2] = y
            body_quat[t, b, 3] = z

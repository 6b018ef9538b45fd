"""Depth of capsules in each other, for all frames of a clip, compiled."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.quaternions import rotate


@compiled
def deepest_pairs(
    body_pos: np.ndarray,
    body_quat: np.ndarray,
    bodies: np.ndarray,
    ends: np.ndarray,
    radii: np.ndarray,
    pairs: np.ndarray,
    out: np.ndarray,
) -> None:
    """Largest depth in m of any pair in each frame, zero where none meets.

    `max(0, max over pairs of r_a + r_b − d_ab)`, d_ab being the distance of the two axes, segments,
    and r the radii. A pair whose bounding balls overlap less than what is found already is passed
    over.

    Args:
        body_pos: (T, B, 3) m.
        body_quat: (T, B, 4) unit.
        bodies: (C,) int64, body of each capsule.
        ends: (C, 2, 3) m, its axis in that body's frame.
        radii: (C,) m.
        pairs: (P, 2) int64 capsules that are looked at.
        out: (T,) filled.
    """
    count = bodies.shape[0]
    middle, half, reach = np.empty((count, 3)), np.empty((count, 3)), np.empty(count)
    for c in range(count):
        x, y, z = ends[c, 1] - ends[c, 0]
        reach[c] = 0.5 * math.sqrt(x * x + y * y + z * z) + radii[c]
    for t in range(body_pos.shape[0]):
        _place(body_pos[t], body_quat[t], bodies, ends, middle, half)
        deepest = 0.0
        for p in range(pairs.shape[0]):
            a, b = pairs[p, 0], pairs[p, 1]
            x, y, z = (
                middle[a, 0] - middle[b, 0],
                middle[a, 1] - middle[b, 1],
                middle[a, 2] - middle[b, 2],
            )
            near = reach[a] + reach[b] - deepest
            if x * x + y * y + z * z >= near * near:
                continue
            gap = math.sqrt(_squared_gap(middle[a], half[a], middle[b], half[b]))
            deepest = max(deepest, radii[a] + radii[b] - gap)
        out[t] = deepest


@compiled
def _place(
    body_pos: np.ndarray,
    body_quat: np.ndarray,
    bodies: np.ndarray,
    ends: np.ndarray,
    middle: np.ndarray,
    half: np.ndarray,
) -> None:
    """World middle (C, 3) and half axis (C, 3) m of every capsule in one frame.

    With the ends e₀, e₁ in the frame of body b: `m := p_b + R_b (e₀ + e₁) / 2`,
    `u := R_b (e₁ − e₀) / 2`.
    """
    for c in range(bodies.shape[0]):
        b = bodies[c]
        q, e = body_quat[b], ends[c]
        x, y, z = rotate(
            q[0], q[1], q[2], q[3],
            0.5 * (e[0, 0] + e[1, 0]), 0.5 * (e[0, 1] + e[1, 1]), 0.5 * (e[0, 2] + e[1, 2]),
        )  # fmt: skip
        middle[c, 0], middle[c, 1], middle[c, 2] = (
            body_pos[b, 0] + x,
            body_pos[b, 1] + y,
            body_pos[b, 2] + z,
        )
        x, y, z = rotate(
            q[0], q[1], q[2], q[3],
            0.5 * (e[1, 0] - e[0, 0]), 0.5 * (e[1, 1] - e[0, 1]), 0.5 * (e[1, 2] - e[0, 2]),
        )  # fmt: skip
        half[c, 0], half[c, 1], half[c, 2] = x, y, z


@compiled
def _squared_gap(m: np.ndarray, u: np.ndarray, n: np.ndarray, v: np.ndarray) -> float:
    """Squared distance in m² of the segments m ± u and n ± v.

    `min over s, t in [−1, 1] of ‖m + s u − n − t v‖²`. With r = m − n and a = u·u, e = v·v, b =
    u·v, c = u·r, f = v·r it has no slope where `a s − b t = −c` and `e t − b s = f`; clamped in
    turn (C. Ericson, Real-Time Collision Detection, 5.1.9, where parameters run from 0 to 1).
    """
    rx, ry, rz = m[0] - n[0], m[1] - n[1], m[2] - n[2]
    a = u[0] * u[0] + u[1] * u[1] + u[2] * u[2]
    e = v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
    b = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
    c = u[0] * rx + u[1] * ry + u[2] * rz
    f = v[0] * rx + v[1] * ry + v[2] * rz
    s = 0.0
    determinant = a * e - b * b
    if determinant > 1e-12 * a * e:
        s = min(max((b * f - c * e) / determinant, -1.0), 1.0)
    t = 0.0
    if e > 0.0:
        t = min(max((b * s + f) / e, -1.0), 1.0)
    if a > 0.0:
        s = min(max((b * t - c) / a, -1.0), 1.0)
    if e > 0.0:
        t = min(max((b * s + f) / e, -1.0), 1.0)
    x, y, z = rx + s * u[0] - t * v[0], ry + s * u[1] - t * v[1], rz + s * u[2] - t * v[2]
    return x * x + y * y + z * z

"""Depth of capsules in each other, for all frames of a clip, compiled."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.quaternions import rotate
from motionlib.kernels.segments import squared_gap


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
            u, v = half[a], half[b]
            square = squared_gap(middle[a], u[0], u[1], u[2], middle[b], v[0], v[1], v[2])
            deepest = max(deepest, radii[a] + radii[b] - math.sqrt(square))
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

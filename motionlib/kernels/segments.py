"""Distance of two segments, compiled: what depths of capsules come from."""

import numpy as np

from motionlib.kernels.compiled import compiled


@compiled
def squared_gap(
    m: np.ndarray, ux: float, uy: float, uz: float, n: np.ndarray, vx: float, vy: float, vz: float
) -> float:
    """Squared distance in m² of the segments m ± u and n ± v.

    `min over s, t in [−1, 1] of ‖m + s u − n − t v‖²`. With r = m − n and a = u·u, e = v·v, b =
    u·v, c = u·r, f = v·r it has no slope where `a s − b t = −c` and `e t − b s = f`; clamped in
    turn (C. Ericson, Real-Time Collision Detection, 5.1.9, where parameters run from 0 to 1).
    """
    rx, ry, rz = m[0] - n[0], m[1] - n[1], m[2] - n[2]
    a = ux * ux + uy * uy + uz * uz
    e = vx * vx + vy * vy + vz * vz
    b = ux * vx + uy * vy + uz * vz
    c = ux * rx + uy * ry + uz * rz
    f = vx * rx + vy * ry + vz * rz
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
    x, y, z = rx + s * ux - t * vx, ry + s * uy - t * vy, rz + s * uz - t * vz
    return x * x + y * y + z * z

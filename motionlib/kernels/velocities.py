"""The velocity rules of `motionlib.velocities` for compiled loops, one body and frame at a time."""

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.quaternions import Vector, between
from motionlib.rules import VelocityRule

CENTRAL, FORWARD_MIN3, PROTOMOTIONS_2025, PROTOMOTIONS_2026H1 = range(4)

RULE_CODES: dict[VelocityRule, int] = {
    "central": CENTRAL,
    "forward_min3": FORWARD_MIN3,
    "protomotions_2025": PROTOMOTIONS_2025,
    "protomotions_2026h1": PROTOMOTIONS_2026H1,
}


@compiled
def linear_velocity_at(body_pos: np.ndarray, t: int, b: int, fps: float, rule: int) -> Vector:
    """World velocity in m/s of body `b` at frame `t`.

    `central` and `protomotions_2025`: `v(t) := (x(t + 1) − x(t − 1)) fps / 2`, one-sided at the
    ends. The others: the shortest of `(x(s + h) − x(s)) fps / h` with h = 1, 2, 3 below T and s =
    min(t, T − 1 − h), the smaller h where two are equal. Zero in a clip of one frame.

    Args:
        body_pos: (T, B, 3) m.
        t: Frame.
        b: Body.
        fps: Frames per second.
        rule: One of `RULE_CODES`.
    """
    last = body_pos.shape[0] - 1
    if last == 0:
        return 0.0, 0.0, 0.0
    if rule in (CENTRAL, PROTOMOTIONS_2025):
        before, after = max(t - 1, 0), min(t + 1, last)
        return _difference(body_pos, before, after, b, fps / (after - before))
    before = min(t, last - 1)
    x, y, z = _difference(body_pos, before, before + 1, b, fps)
    smallest = x * x + y * y + z * z
    for horizon in range(2, min(3, last) + 1):
        before = min(t, last - horizon)
        u, v, w = _difference(body_pos, before, before + horizon, b, fps / horizon)
        square = u * u + v * v + w * w
        if square < smallest:
            smallest = square
            x, y, z = u, v, w
    return x, y, z


@compiled
def angular_velocity_at(quats: np.ndarray, t: int, b: int, fps: float, rule: int) -> Vector:
    """rad/s of body `b` of (T, B, 4) at frame `t`, in the frame that the rotations are given in.

    With `d(s, h) := log(q(s + h) q(s)⁻¹) fps / h`, `central`: d(t − 1, 2), one-sided at the ends;
    `forward_min3`: the shortest of d(min(t, T − 1 − h), h) with h = 1, 2, 3 below T;
    `protomotions_2026h1`: the same of frame t − 1, `protomotions_2025`: d(t − 1, 1), both with zero
    at frame 0. Zero in a clip of one frame.
    """
    last = quats.shape[0] - 1
    if rule in (PROTOMOTIONS_2025, PROTOMOTIONS_2026H1):
        if t == 0:
            return 0.0, 0.0, 0.0
        t -= 1
    if last == 0:
        return 0.0, 0.0, 0.0
    if rule == CENTRAL:
        before, after = max(t - 1, 0), min(t + 1, last)
        return _turn(quats, before, after, b, fps / (after - before))
    before = min(t, last - 1)
    x, y, z = _turn(quats, before, before + 1, b, fps)
    if rule == PROTOMOTIONS_2025:
        return x, y, z
    smallest = x * x + y * y + z * z
    for horizon in range(2, min(3, last) + 1):
        before = min(t, last - horizon)
        u, v, w = _turn(quats, before, before + horizon, b, fps / horizon)
        square = u * u + v * v + w * w
        if square < smallest:
            smallest = square
            x, y, z = u, v, w
    return x, y, z


@compiled
def joint_velocity_at(local: np.ndarray, t: int, b: int, fps: float, rule: int) -> Vector:
    """rad/s of body `b` to its parent, parent's frame, at frame `t` of (T, B, 4) rotations.

    `central`: as `angular_velocity_at`. `forward_min3`: `log(q(s + 1) q(s)⁻¹) fps`, s = min(t, T −
    2); `protomotions_2025` and `protomotions_2026h1`: the same with s = t − 1, zero at frame 0.
    """
    if rule == FORWARD_MIN3:
        last = local.shape[0] - 1
        if last == 0:
            return 0.0, 0.0, 0.0
        before = min(t, last - 1)
        return _turn(local, before, before + 1, b, fps)
    if rule == PROTOMOTIONS_2026H1:
        return angular_velocity_at(local, t, b, fps, PROTOMOTIONS_2025)
    return angular_velocity_at(local, t, b, fps, rule)


@compiled
def _difference(x: np.ndarray, before: int, after: int, b: int, scale: float) -> Vector:
    """Rate of change of vector `b` of (T, B, 3): `(x(after) − x(before)) scale`, scale in 1/s."""
    p, q = x[before, b], x[after, b]
    return (q[0] - p[0]) * scale, (q[1] - p[1]) * scale, (q[2] - p[2]) * scale


@compiled
def _turn(quats: np.ndarray, before: int, after: int, b: int, scale: float) -> Vector:
    """Angular velocity in rad/s: `log(q(after) q(before)⁻¹) scale` of (T, B, 4), scale in 1/s."""
    p, q = quats[before, b], quats[after, b]
    x, y, z = between(p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3])
    return x * scale, y * scale, z * scale

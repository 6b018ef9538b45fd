"""Passes over the body poses of one clip that measure it, compiled."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.quaternions import between, rotate
from motionlib.kernels.velocities import linear_velocity_at


@compiled
def lowest_bodies(body_pos: np.ndarray, out: np.ndarray) -> None:
    """Height of the lowest body origin of each frame of (T, B, 3) m, into (T,): `min_b z(t, b)`."""
    for t in range(body_pos.shape[0]):
        lowest = body_pos[t, 0, 2]
        for b in range(1, body_pos.shape[1]):
            lowest = min(lowest, body_pos[t, b, 2])
        out[t] = lowest


@compiled
def deepest_sole(
    body_pos: np.ndarray, body_quat: np.ndarray, bodies: np.ndarray, corners: np.ndarray
) -> tuple[float, int]:
    """Height in m of the lowest sole corner of a clip, and its frame.

    `min over t, c of (p_b + q_b v_c q_b⁻¹)_z`, v_c being a corner in the frame of its body b, p_b
    and q_b that body's world position and rotation at t.

    Args:
        body_pos: (T, B, 3) m.
        body_quat: (T, B, 4) unit.
        bodies: (C,) int64, body of each corner.
        corners: (C, 3) m, in its frame.
    """
    lowest, frame = math.inf, 0
    for t in range(body_pos.shape[0]):
        for c in range(bodies.shape[0]):
            b = bodies[c]
            q, v = body_quat[t, b], corners[c]
            height = body_pos[t, b, 2] + rotate(q[0], q[1], q[2], q[3], v[0], v[1], v[2])[2]
            if height < lowest:
                lowest, frame = height, t
    return lowest, frame


@compiled
def fastest_body(body_pos: np.ndarray, first: int, stop: int) -> tuple[float, int]:
    """Longest step in m of bodies `first` to `stop` from a frame to the next, and its frame.

    `max over t, b of ‖x(t + 1, b) − x(t, b)‖`, `stop` left out; the earliest where several are
    equal.
    """
    largest, frame = 0.0, 0
    for t in range(body_pos.shape[0] - 1):
        for b in range(first, stop):
            p, q = body_pos[t, b], body_pos[t + 1, b]
            x, y, z = q[0] - p[0], q[1] - p[1], q[2] - p[2]
            square = x * x + y * y + z * z
            if square > largest:
                largest, frame = square, t
    return math.sqrt(largest), frame


@compiled
def fastest_joint(local: np.ndarray) -> tuple[float, int]:
    """Largest turn in rad of a body to its parent from a frame to the next, and its frame.

    `max over t, b of ‖log(q(t + 1, b) q(t, b)⁻¹)‖`, found where |q(t + 1, b)·q(t, b)| is least:
    that is the cosine of half the angle.

    Args:
        local: (T, B, 4) unit; body 0 is not looked at.
    """
    smallest, frame, body = 2.0, 0, 0
    for t in range(local.shape[0] - 1):
        for b in range(1, local.shape[1]):
            p, q = local[t, b], local[t + 1, b]
            cosine = abs(p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3])
            if cosine < smallest:
                smallest, frame, body = cosine, t, b
    if body == 0:
        return 0.0, 0
    p, q = local[frame, body], local[frame + 1, body]
    x, y, z = between(p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3])
    return math.sqrt(x * x + y * y + z * z), frame


@compiled
def held_joint(local: np.ndarray, window: int) -> float:
    """Largest turn in rad a frame of one body to its parent that lasts `window` steps.

    `max over t, b of min over s < window of ‖log(q(t + s + 1, b) q(t + s, b)⁻¹)‖`, found where the
    largest |q·q| of a window is least.

    Args:
        local: (T, B, 4) unit; body 0 is not looked at.
        window: Steps, at least 1 and at most T - 1.
    """
    smallest = 1.0
    for b in range(1, local.shape[1]):
        for t in range(local.shape[0] - window):
            largest = 0.0
            for s in range(t, t + window):
                p, q = local[s, b], local[s + 1, b]
                cosine = abs(p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3])
                largest = max(largest, cosine)
                if largest >= smallest:
                    break
            smallest = min(smallest, largest)
    return 2.0 * math.acos(smallest)


@compiled
def longest_vectors(rotvec: np.ndarray, columns: np.ndarray, out: np.ndarray) -> None:
    """Longest rotation vector of each frame, into (T,): `max_b ‖r(t, columns_b)‖`; 0 without any.

    Args:
        rotvec: (T, P) rad.
        columns: (B, 3) int64; bodies with a negative one are not looked at, nor is body 0.
        out: (T,) rad.
    """
    for t in range(rotvec.shape[0]):
        largest = 0.0
        for b in range(1, columns.shape[0]):
            if columns[b, 0] >= 0:
                x, y, z = (
                    rotvec[t, columns[b, 0]],
                    rotvec[t, columns[b, 1]],
                    rotvec[t, columns[b, 2]],
                )
                largest = max(largest, x * x + y * y + z * z)
        out[t] = math.sqrt(largest)


@compiled
def largest_excess(dof_pos: np.ndarray, limits: np.ndarray) -> tuple[float, int]:
    """Largest rad beyond the (D, 2) limits of a (T, D) clip, and its frame.

    `max over t, d of max(low_d − q(t, d), q(t, d) − high_d)`, zero where all are inside.
    """
    largest, frame = 0.0, 0
    for t in range(dof_pos.shape[0]):
        for d in range(dof_pos.shape[1]):
            angle = dof_pos[t, d]
            excess = max(limits[d, 0] - angle, angle - limits[d, 1])
            if excess > largest:
                largest, frame = excess, t
    return largest, frame


@compiled
def longest_run(values: np.ndarray, limit: float) -> tuple[int, int]:
    """Most consecutive entries of (T,) above `limit`, and the first of them."""
    longest, start, run = 0, 0, 0
    for t in range(values.shape[0]):
        run = run + 1 if values[t] > limit else 0
        if run > longest:
            longest, start = run, t - run + 1
    return longest, start


@compiled
def count_contacts(
    body_pos: np.ndarray, fps: float, rule: int, speeds: np.ndarray, heights: np.ndarray
) -> int:
    """Pairs of frame and body in contact: `‖v(t, b)‖ < speed_b` and `z(t, b) < height_b`.

    Args:
        body_pos: (T, B, 3) m.
        fps: Frames per second.
        rule: Code of the velocity rule.
        speeds: (B,) m/s.
        heights: (B,) m.
    """
    count = 0
    for t in range(body_pos.shape[0]):
        for b in range(body_pos.shape[1]):
            if body_pos[t, b, 2] < heights[b]:
                x, y, z = linear_velocity_at(body_pos, t, b, fps, rule)
                if math.sqrt(x * x + y * y + z * z) < speeds[b]:
                    count += 1
    return count

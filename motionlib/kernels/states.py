"""Velocities and contacts of all frames of one clip, compiled."""

import math

import numpy as np

from motionlib.kernels.compiled import compiled
from motionlib.kernels.quaternions import rotate
from motionlib.kernels.velocities import (
    angular_velocity_at,
    joint_velocity_at,
    linear_velocity_at,
)


@compiled
def linear_velocities(
    body_pos: np.ndarray,
    fps: float,
    rule: int,
    speeds: np.ndarray,
    heights: np.ndarray,
    out: np.ndarray,
    contact: np.ndarray,
) -> None:
    """World velocities of body origins, and which bodies touch the ground.

    `contact(t, b) := ‖v(t, b)‖ < speed_b and z(t, b) < height_b`, v by `linear_velocity_at`.

    Args:
        body_pos: (T, B, 3) m.
        fps: Frames per second.
        rule: Code of the velocity rule.
        speeds: (B,) m/s, below which a body may be in contact.
        heights: (B,) m, below which it may be.
        out: (T, B, 3) m/s, filled.
        contact: (T, B) bool, filled.
    """
    for t in range(body_pos.shape[0]):
        for b in range(body_pos.shape[1]):
            x, y, z = linear_velocity_at(body_pos, t, b, fps, rule)
            out[t, b, 0], out[t, b, 1], out[t, b, 2] = x, y, z
            slow = math.sqrt(x * x + y * y + z * z) < speeds[b]
            contact[t, b] = slow and body_pos[t, b, 2] < heights[b]


@compiled
def angular_velocities(body_quat: np.ndarray, fps: float, rule: int, out: np.ndarray) -> None:
    """World angular velocities (T, B, 3) rad/s of (T, B, 4) rotations."""
    for t in range(body_quat.shape[0]):
        for b in range(body_quat.shape[1]):
            x, y, z = angular_velocity_at(body_quat, t, b, fps, rule)
            out[t, b, 0], out[t, b, 1], out[t, b, 2] = x, y, z


@compiled
def joint_velocities(
    local: np.ndarray, offset_quats: np.ndarray, fps: float, rule: int, out: np.ndarray
) -> None:
    """Velocities of exponential-map dofs.

    `o⁻¹ ω o`, ω being the angular velocity of a body to its parent by `joint_velocity_at`, o the
    model rotation between them.

    Args:
        local: (T, B, 4) unit, body to parent.
        offset_quats: (B, 4) unit, the body's model rotation to its parent.
        fps: Frames per second.
        rule: Code of the velocity rule.
        out: (T, 3 (B - 1)) rad/s, frame of the parent turned by the model rotation; filled.
    """
    for t in range(local.shape[0]):
        for b in range(1, local.shape[1]):
            x, y, z = joint_velocity_at(local, t, b, fps, rule)
            o = offset_quats[b]
            x, y, z = rotate(o[0], -o[1], -o[2], -o[3], x, y, z)
            out[t, 3 * b - 3], out[t, 3 * b - 2], out[t, 3 * b - 1] = x, y, z

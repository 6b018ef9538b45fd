"""Tracking measures as small pure functions of one instant; each says what it does not see.

Axes: E environments, B tracked bodies, D dofs, F feet, T frames. World frame, metres, radians,
seconds. No function hides a NaN: what is not finite stays so and is dealt with by the caller.
"""

import torch
from torch import Tensor

from motionlib.rotations import quat_angle, quat_apply, quat_apply_inverse, quat_conjugate, quat_mul
from motionlib.rotations import yaw_quat as heading_of


def body_pos_error(body_pos: Tensor, reference_pos: Tensor) -> Tensor:
    """Mean over bodies of the distance to the reference, in the world.

    Does not see which body is wrong, nor whether the pose is right in the wrong place: a robot
    that walks perfectly half a metre to the side scores half a metre.

    Args:
        body_pos: (E, B, 3) m.
        reference_pos: (E, B, 3) m.

    Returns:
        (E,) m.
    """
    return (body_pos - reference_pos).norm(dim=-1).mean(dim=-1)


def relative_targets(
    reference_pos: Tensor,
    reference_quat_wxyz: Tensor,
    *,
    reference_anchor_pos: Tensor,
    reference_anchor_quat_wxyz: Tensor,
    anchor_pos: Tensor,
    anchor_quat_wxyz: Tensor,
) -> tuple[Tensor, Tensor]:
    """Reference bodies moved to where the robot's anchor is: same x, y and heading, own height.

    BeyondMimic's relative targets: p' = p_robot (with z of the reference) + Δq (p - p_ref) and
    q' = Δq q, with Δq = yaw(q_robot q_ref⁻¹).

    Args:
        reference_pos: (E, B, 3) m.
        reference_quat_wxyz: (E, B, 4).
        reference_anchor_pos: (E, 3) m.
        reference_anchor_quat_wxyz: (E, 4).
        anchor_pos: (E, 3) m, of the robot.
        anchor_quat_wxyz: (E, 4), of the robot.

    Returns:
        (E, B, 3) m and (E, B, 4).
    """
    turn = heading_of(quat_mul(anchor_quat_wxyz, quat_conjugate(reference_anchor_quat_wxyz)))
    turn = turn[:, None, :].expand_as(reference_quat_wxyz)
    base = torch.cat([anchor_pos[:, :2], reference_anchor_pos[:, 2:]], dim=-1)
    offsets = reference_pos - reference_anchor_pos[:, None, :]
    return base[:, None, :] + quat_apply(turn, offsets), quat_mul(turn, reference_quat_wxyz)


def rotation_error(quat_wxyz: Tensor, reference_quat_wxyz: Tensor) -> Tensor:
    """Geodesic angle, averaged over the body axis if there is one.

    Does not see the axis: a heading drift and a topple of the same angle score the same.

    Args:
        quat_wxyz: (E, 4) or (E, B, 4).
        reference_quat_wxyz: The same shape.

    Returns:
        (E,) rad in [0, pi].
    """
    angle = quat_angle(quat_wxyz, reference_quat_wxyz)
    return angle if angle.dim() == 1 else angle.mean(dim=-1)


def vector_error(vectors: Tensor, reference: Tensor) -> Tensor:
    """Norm of the difference of (E, 3) or (E, B, 3) vectors, averaged over bodies; (E,).

    For velocities: does not see position, so a robot that fell beside a standing reference
    soon scores well.
    """
    distance = (vectors - reference).norm(dim=-1)
    return distance if distance.dim() == 1 else distance.mean(dim=-1)


def joint_error(dofs: Tensor, reference: Tensor) -> Tensor:
    """Mean over dofs of the absolute difference of (E, D) angles or speeds; (E,).

    Does not see the world: a robot on its back that moves its legs in time scores well, and a
    reference led by a few frames beats one that stays up.
    """
    return (dofs - reference).abs().mean(dim=-1)


def contact_accuracy(contact: Tensor, reference_contact: Tensor) -> Tensor:
    """Share of feet whose touching the ground agrees with the reference's label, (E,) in [0, 1].

    Does not see forces, nor where the foot touches; as good as the labels, which are a rule on
    speed and height unless the source brought its own.

    Args:
        contact: (E, F) bool.
        reference_contact: (E, F) bool.
    """
    return (contact == reference_contact).double().mean(dim=-1)


def tilt(quat_wxyz: Tensor, reference_quat_wxyz: Tensor) -> Tensor:
    """Angle between the world's up as seen from the body and from the reference's body.

    Does not see heading: turning about the vertical is no tilt.

    Args:
        quat_wxyz: (E, 4).
        reference_quat_wxyz: (E, 4).

    Returns:
        (E,) rad in [0, pi].
    """
    up = torch.zeros_like(quat_wxyz[:, :3])
    up[:, 2] = 1.0
    a = quat_apply_inverse(quat_wxyz, up)
    b = quat_apply_inverse(reference_quat_wxyz, up)
    # atan2 keeps small angles that arccos of a float32 dot product loses
    return torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(dim=-1))


def target_rate(targets: Tensor, previous: Tensor, dt: float) -> Tensor:
    """Mean over dofs of the speed of the position targets, (E,) rad/s.

    Of targets, not of raw actions, so that controllers with different action maps, or none,
    compare. Does not see what the joints did.

    Args:
        targets: (E, D) rad.
        previous: (E, D) rad, one control step earlier.
        dt: s, control step.
    """
    return (targets - previous).abs().mean(dim=-1) / dt


HIGH_JERK = 6500.0
"""Normalised jerk of a body in a window from which ProtoMotions calls its frames jerky."""


def jerk_window_frames(dt: float, window_s: float) -> int:
    """Frames in a jerk window; at least four, since a third difference needs them."""
    return max(4, round(window_s / dt))


def normalized_jerk(
    body_pos: Tensor, dt: float, *, window_s: float = 0.4, epsilon: float = 0.1
) -> Tensor:
    """Normalised jerk of every body in every window of frames (ProtoMotions' measure).

    S⁵ ∫‖jerk‖² dt / (path² + ε) with S the window's duration: free of speed and size as far as
    the path is long against √ε (.32 m). For small robots, whose path in a window is centimetres,
    ε rules and the value is smaller than a humanoid's: compare on one robot only. Does not see
    rotations, nor whether the reference was jerky itself.

    Args:
        body_pos: (T, B, 3) m.
        dt: s between frames.
        window_s: s.
        epsilon: m².

    Returns:
        (N, B), N = T - W + 1 windows; N is zero for a clip shorter than a window.
    """
    window = jerk_window_frames(dt, window_s)
    if body_pos.shape[0] < window:
        return body_pos.new_zeros((0, body_pos.shape[1]))
    squared = (torch.diff(body_pos, n=3, dim=0) / dt**3).square().sum(dim=-1)
    steps = torch.diff(body_pos, dim=0).norm(dim=-1)
    integral = squared.unfold(0, window - 3, 1).sum(dim=-1) * dt
    path = steps.unfold(0, window - 1, 1).sum(dim=-1)
    duration = (window - 1) * dt
    return duration**5 * integral / (path.square() + epsilon)

"""Velocities from sampled positions, by a rule that is named in every file."""

from collections.abc import Callable

import torch
from torch import Tensor

from motionlib.kinematics import local_quats
from motionlib.robot import Robot
from motionlib.rotations import quat_conjugate, quat_mul, rotvec_from_quat
from motionlib.rules import HISTORICAL_RULES, VELOCITY_RULES, VelocityRule

_HORIZONS = 3

_Difference = Callable[[Tensor, Tensor], Tensor]


def linear_velocity(x: Tensor, fps: float, rule: VelocityRule) -> Tensor:
    """Time derivative of vectors.

    Args:
        x: (T, ..., N) one clip; the last axis is one vector.
        fps: Frames per second.
        rule: Named rule.

    Returns:
        (T, ..., N) per second; zeros for a one-frame clip.
    """
    if _checked(rule) in ("central", "protomotions_2025"):
        return _central(x, _step, fps)
    return _forward_min(x, _step, fps)


def angular_velocity(q: Tensor, fps: float, rule: VelocityRule) -> Tensor:
    """World-frame angular velocity of (T, ..., 4) unit wxyz quaternions, (T, ..., 3) rad/s."""
    if _checked(rule) == "central":
        return _central(q, _rotation_between, fps)
    if rule == "protomotions_2025":
        return late_by_one_frame(_forward(q, _rotation_between, fps, 1))
    smallest = _forward_min(q, _rotation_between, fps)
    return late_by_one_frame(smallest) if rule == "protomotions_2026h1" else smallest


def late_by_one_frame(velocity: Tensor) -> Tensor:
    """(T, ...) each a frame later, zero first: what older converters of ProtoMotions stored."""
    return torch.cat((torch.zeros_like(velocity[:1]), velocity[:-1]))


def scalar_velocity(x: Tensor, fps: float, rule: VelocityRule) -> Tensor:
    """Time derivative of (T, D) independent scalars such as joint angles.

    With every rule but `central` this is the forward difference over one frame: ProtoMotions
    applies its three-horizon rule to bodies and a horizon of one to dofs.
    """
    if _checked(rule) == "central":
        return _central(x, _step, fps)
    return _forward(x, _step, fps, 1)


def dof_velocity(robot: Robot, dof_pos: Tensor, fps: float, rule: VelocityRule) -> Tensor:
    """Velocities (T, D) rad/s of a robot's dofs (T, D) rad.

    Of an exponential map they are the angular velocities of the bodies to their parents, in the
    parents' frames; with every rule but `central` the forward difference over one frame, as for
    hinges, and with the historical rules one frame late.
    """
    if robot.dof_coordinates == "hinges":
        return scalar_velocity(dof_pos, fps, rule)
    quats = local_quats(dof_pos)
    if _checked(rule) == "central":
        return _central(quats, _rotation_between, fps).flatten(1)
    forward = _forward(quats, _rotation_between, fps, 1).flatten(1)
    return late_by_one_frame(forward) if rule in HISTORICAL_RULES else forward


def _checked(rule: VelocityRule) -> VelocityRule:
    if rule not in VELOCITY_RULES:
        raise ValueError(f"velocity rule {rule!r}; choices: {', '.join(VELOCITY_RULES)}")
    return rule


def _step(a: Tensor, b: Tensor) -> Tensor:
    return b - a


def _rotation_between(a: Tensor, b: Tensor) -> Tensor:
    return rotvec_from_quat(quat_mul(b, quat_conjugate(a)))


def _central(x: Tensor, difference: _Difference, fps: float) -> Tensor:
    frames = x.shape[0]
    if frames == 1:
        return torch.zeros_like(difference(x, x))
    inner = difference(x[:-2], x[2:]) * (0.5 * fps)
    first = difference(x[:1], x[1:2]) * fps
    last = difference(x[-2:-1], x[-1:]) * fps
    return torch.cat((first, inner, last))


def _forward(x: Tensor, difference: _Difference, fps: float, horizon: int) -> Tensor:
    horizon = min(horizon, x.shape[0] - 1)
    if horizon == 0:
        return torch.zeros_like(difference(x, x))
    velocity = difference(x[:-horizon], x[horizon:]) * (fps / horizon)
    return torch.cat((velocity, velocity[-1:].expand(horizon, *velocity.shape[1:])))


def _forward_min(x: Tensor, difference: _Difference, fps: float) -> Tensor:
    best = _forward(x, difference, fps, 1)
    for horizon in range(2, min(_HORIZONS, x.shape[0] - 1) + 1):
        other = _forward(x, difference, fps, horizon)
        smaller = other.norm(dim=-1, keepdim=True) < best.norm(dim=-1, keepdim=True)
        best = torch.where(smaller, other, best)
    return best

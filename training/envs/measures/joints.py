"""Joints against their reference and their limits."""

from torch import Tensor

from training.envs.measures.base import measure
from training.envs.measures.tracking import reference
from training.envs.moment import Moment


def dof_pos_away(now: Moment) -> Tensor:
    """(E, D) rad from the reference."""
    return now.robot.dof_pos - reference(now).dof_pos


def dof_vel_away(now: Moment) -> Tensor:
    """(E, D) rad/s from the reference."""
    return now.robot.dof_vel - reference(now).dof_vel


@measure(unit="rad")
def error_joint_pos(now: Moment) -> Tensor:
    """Norm over dofs of the difference of angles.

    Does not see the world: a robot on its back that moves its legs in time has none.
    """
    return now.of(dof_pos_away).norm(dim=-1)


@measure(unit="rad/s")
def error_joint_vel(now: Moment) -> Tensor:
    """Norm over dofs of the difference of speeds.

    Does not see angles, nor the world.
    """
    return now.of(dof_vel_away).norm(dim=-1)


@measure(unit="rad²")
def joint_pos_sq(now: Moment) -> Tensor:
    """Mean over dofs of the squared difference of angles.

    Does not see the world.
    """
    return now.of(dof_pos_away).square().mean(-1)


@measure(unit="rad²/s²")
def joint_vel_sq(now: Moment) -> Tensor:
    """Mean over dofs of the squared difference of speeds.

    Does not see angles, nor the world.
    """
    return now.of(dof_vel_away).square().mean(-1)


@measure(unit="rad")
def joint_limit(now: Moment) -> Tensor:
    """Sum over dofs of what lies beyond the soft limits.

    Does not see how near a limit a joint is that keeps it.
    """
    low, high = now.facts.soft_limits.unbind(-1)
    return (now.robot.dof_pos - now.robot.dof_pos.clamp(low, high)).abs().sum(-1)


@measure(unit="rad")
def mean_joint_pos(now: Moment) -> Tensor:
    """Mean over dofs of the absolute difference of angles.

    Does not see the world: a robot on its back that moves its legs in time has little, and a
    reference led by a few frames beats one that stays up.
    """
    return now.of(dof_pos_away).abs().mean(-1)


@measure(unit="rad/s")
def mean_joint_vel(now: Moment) -> Tensor:
    """Mean over dofs of the absolute difference of speeds.

    Does not see angles, nor the world.
    """
    return now.of(dof_vel_away).abs().mean(-1)

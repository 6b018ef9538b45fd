"""What moving costs, and how smoothly it is asked for."""

from torch import Tensor

from training.envs.measures.base import measure
from training.envs.moment import Moment


@measure(unit="1")
def action_rate(now: Moment) -> Tensor:
    """Squared change of the action since the step before, ‖a(t) − a(t−1)‖².

    Does not see what an action means: scales differ between action maps.
    """
    return (now.action - now.last_action).square().sum(-1)


@measure(unit="N²m²")
def torque_sq(now: Moment) -> Tensor:
    """Mean over dofs of the squared torque of the servos.

    Does not see what joints lose in their own damping and friction.
    """
    return now.dof_torque.square().mean(-1)


@measure(unit="W")
def power(now: Moment) -> Tensor:
    """Sum over dofs of |torque · speed|.

    Does not see what a held pose costs, and counts braking as much as driving.
    """
    return (now.dof_torque * now.robot.dof_vel).abs().sum(-1)

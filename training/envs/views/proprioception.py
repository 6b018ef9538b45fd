"""What a robot knows of its own joints and actions, and what it cannot know of itself."""

from torch import Tensor

from training.envs.moment import Moment
from training.envs.views.base import view


@view(unit="rad")
def dof_pos(now: Moment) -> Tensor:
    """(E, D) true dofs about the default pose."""
    return now.robot.dof_pos - now.facts.default_dof_pos


@view(unit="rad")
def read_dof_pos(now: Moment) -> Tensor:
    """(E, D) dofs about the default pose as encoders read them, their bias included."""
    true = now.of(dof_pos)
    return true + now.hidden["joint_bias"] if "joint_bias" in now.hidden else true


@view(unit="rad/s")
def dof_vel(now: Moment) -> Tensor:
    """(E, D) dof speeds."""
    return now.robot.dof_vel


@view(unit="1")
def last_action(now: Moment) -> Tensor:
    """(E, A) what the policy said last; zeros at the start of an episode."""
    return now.action


@view(unit="rad")
def joint_bias(now: Moment) -> Tensor:
    """(E, D) what encoders read beyond the truth; no sensor tells."""
    return now.hidden["joint_bias"]


@view(unit="1")
def foot_friction(now: Moment) -> Tensor:
    """(E, 1) friction of the feet where it is randomised; no sensor tells."""
    return now.hidden["foot_friction"].unsqueeze(-1)

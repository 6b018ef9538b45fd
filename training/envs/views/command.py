"""What is asked, as the robot sees it."""

from torch import Tensor

from training.envs.measures.tracking import reference
from training.envs.moment import Moment
from training.envs.views.base import view
from training.envs.views.bodies import seen_from_anchor


@view(unit="rad")
def target_dof_pos(now: Moment) -> Tensor:
    """(E, D) dofs of the reference."""
    return reference(now).dof_pos


@view(unit="rad/s")
def target_dof_vel(now: Moment) -> Tensor:
    """(E, D) dof speeds of the reference."""
    return reference(now).dof_vel


@view(unit="m")
def anchor_pos(now: Moment) -> Tensor:
    """(E, 3) position of the reference's anchor in the robot's anchor frame."""
    return now.of(seen_from_anchor)[0][:, 0]


@view(unit="1")
def anchor_ori(now: Moment) -> Tensor:
    """(E, 6) orientation of the reference's anchor in the robot's anchor frame, two columns."""
    return now.of(seen_from_anchor)[1][:, 0]

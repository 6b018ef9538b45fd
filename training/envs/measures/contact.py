"""What touches what."""

from torch import Tensor

from training.envs.measures.base import measure
from training.envs.measures.tracking import reference
from training.envs.moment import Moment


@measure(unit="1")
def self_collisions(now: Moment) -> Tensor:
    """Number of contacts between the robot's own bodies.

    Does not see forces, nor contacts that begin and end within a control step.
    """
    return now.self_contacts


@measure(unit="1")
def other_contacts(now: Moment) -> Tensor:
    """Number of shown bodies beside the feet that touch the ground.

    Does not see bodies that a moment does not show (`env.bodies` adds some), nor forces.
    """
    touching = now.body_contact.float()
    return touching.sum(-1) - touching[:, now.facts.feet].sum(-1)


@measure(unit="share")
def contact_accuracy(now: Moment) -> Tensor:
    """Share of feet whose touching the ground agrees with the reference's label.

    Does not see forces, nor where a foot touches; as good as the labels, which are a rule on speed
    and height unless the source brought its own.
    """
    return (now.robot.foot_contact == reference(now).foot_contact).float().mean(-1)

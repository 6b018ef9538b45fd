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

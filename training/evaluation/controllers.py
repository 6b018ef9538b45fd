"""What may drive the robot in an evaluation: a policy, and the baselines it has to beat."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from training.evaluation.environment import DrivenEnv

POLICY = "policy"
ZERO_ACTION = "zero_action"
OPEN_LOOP = "open_loop"
CONTROLLERS = (POLICY, ZERO_ACTION, OPEN_LOOP)
"""Names of controllers, in the order of reports."""


class Command(NamedTuple):
    """One control step's order to every environment."""

    targets: Tensor
    """(E, D) rad, position targets of the servos."""
    actions: Tensor | None
    """(E, D) the action behind the targets, for the next observation; None for baselines."""


class Controller(Protocol):
    """Chooses targets for one control step."""

    @property
    def name(self) -> str:
        """One of `CONTROLLERS`."""
        ...

    @property
    def groups(self) -> Collection[str] | None:
        """Observations that it wants to see, by name; None: all."""
        ...

    def command(self, env: DrivenEnv, obs: Mapping[str, Tensor]) -> Command:
        """Targets of every environment, from their current observations."""
        ...


class PolicyController:
    """A policy's deterministic action, through the environment's own action map."""

    name = POLICY

    def __init__(
        self,
        act: Callable[[Mapping[str, Tensor]], Tensor],
        *,
        groups: Collection[str] | None = None,
    ) -> None:
        """Wrap a policy.

        Args:
            act: Observations by name to (E, D) mean actions.
            groups: Names of those that it sees; None: all that there are.
        """
        self._act, self.groups = act, groups

    def command(self, env: DrivenEnv, obs: Mapping[str, Tensor]) -> Command:
        """See `Controller.command`."""
        actions = self._act(obs)
        return Command(targets=env.targets_from_actions(actions), actions=actions)


class ZeroActionController:
    """Targets fixed at the robot's default pose, whatever the experiment's action map is.

    With actions around the reference an action of zero would be the open loop; holding the
    default pose is the same baseline for every experiment.
    """

    name = ZERO_ACTION
    groups: Collection[str] | None = ()

    def command(self, env: DrivenEnv, obs: Mapping[str, Tensor]) -> Command:
        """See `Controller.command`."""
        del obs
        pose = torch.as_tensor(env.robot.default_dof_pos, dtype=torch.float32, device=env.device)
        return Command(targets=pose.expand(env.num_envs, -1).clone(), actions=None)


class OpenLoopController:
    """The reference's dofs of the next frame as servo targets, blind to the robot."""

    name = OPEN_LOOP
    groups: Collection[str] | None = ()

    def command(self, env: DrivenEnv, obs: Mapping[str, Tensor]) -> Command:
        """See `Controller.command`."""
        del obs
        reference = getattr(env.goal, "reference", None)
        if reference is None:
            raise ValueError("open loop needs a reference; what this task asks has none")
        return Command(targets=reference.dof_pos.clone(), actions=None)


def baseline_controllers() -> tuple[Controller, ...]:
    """The two that every policy is compared with."""
    return (ZeroActionController(), OpenLoopController())

"""A moment: robots, what they are asked and what they did, from which every term is computed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from motionlib.errors import nearest_names
from motionlib.robot import Robot
from training.envs.snapshot import BodySelection, Snapshot

T = TypeVar("T")


class Goal(Protocol):
    """What E robots are asked at one instant; each command has its own."""

    def take(self, env_ids: Tensor) -> "Goal":
        """Rows of some environments."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What does not change while robots move."""

    body_names: tuple[str, ...]
    """Names of the rows of `Snapshot.bodies`: the tracked ones first, the root the first of all."""
    num_tracked: int
    anchor: int
    """Row of the anchor body."""
    ends: Tensor
    """Int64 rows of the end bodies: feet and hands, or what the configuration names."""
    feet: Tensor
    """(F,) int64 rows, in the order of `Snapshot.foot_contact`."""
    default_dof_pos: Tensor
    """(D,) rad."""
    soft_limits: Tensor
    """(D, 2) rad."""
    control_dt: float
    """s, one control step."""
    standing_height: float
    """m, of the robot."""
    heights: Callable[[Tensor], Tensor]
    """(E, K) m of the ground at (E, K, 2) m, world; see `Simulator.heights`."""

    def row(self, body: str) -> int:
        """Row of a body by name.

        Raises:
            ValueError: The moment does not show it; names the nearest that it shows.
        """
        if body not in self.body_names:
            raise ValueError(
                f"a moment does not show body {body!r}; add it to env.bodies, or "
                f"{nearest_names(body, self.body_names)}"
            )
        return self.body_names.index(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """E robots, what they are asked and what they did, at one instant: tensors, and no owner."""

    robot: Snapshot
    goal: Goal
    """What the step was to reach, at its end; in an observation, what the next one is to reach."""
    facts: Facts
    action: Tensor
    """(E, A) what the policy said last; zeros at the start of an episode."""
    last_action: Tensor
    """(E, A) what it said before that."""
    dof_target: Tensor
    """(E, D) rad, position targets of the last step, as encoders read joints."""
    dof_torque: Tensor
    """(E, D) N m, what the servos gave last; see `SimState.dof_torque`."""
    body_contact: Tensor
    """(E, N) bool: the selected body touches the ground."""
    self_contacts: Tensor
    """(E,) f32, contacts between bodies of the robot."""
    hidden: Mapping[str, Tensor] = field(default_factory=dict)
    """What no sensor tells, (E, ...) by name: `joint_bias` rad, and the properties that
    `Simulator.randomize` was given."""
    _known: dict[Callable[..., Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, derive: Callable[["Moment"], T]) -> T:
        """What follows from the moment, computed when first asked for, once."""
        if derive not in self._known:
            self._known[derive] = derive(self)
        return self._known[derive]

    def take(self, env_ids: Tensor) -> "Moment":
        """Rows of some environments."""
        return Moment(
            robot=self.robot.take(env_ids),
            goal=self.goal.take(env_ids),
            facts=self.facts,
            action=self.action[env_ids],
            last_action=self.last_action[env_ids],
            dof_target=self.dof_target[env_ids],
            dof_torque=self.dof_torque[env_ids],
            body_contact=self.body_contact[env_ids],
            self_contacts=self.self_contacts[env_ids],
            hidden=_Rows(self.hidden, env_ids),
        )

    def asked(self, goal: Goal) -> "Moment":
        """The moment of these robots before another goal."""
        return Moment(
            robot=self.robot,
            goal=goal,
            facts=self.facts,
            action=self.action,
            last_action=self.last_action,
            dof_target=self.dof_target,
            dof_torque=self.dof_torque,
            body_contact=self.body_contact,
            self_contacts=self.self_contacts,
            hidden=self.hidden,
        )


class _Rows(Mapping[str, Tensor]):
    """Rows of tensors by name, gathered when they are asked for."""

    def __init__(self, tensors: Mapping[str, Tensor], rows: Tensor) -> None:
        self._tensors, self._rows = tensors, rows

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name][self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def facts_of(
    robot: Robot,
    selection: BodySelection,
    *,
    control_dt: float,
    heights: Callable[[Tensor], Tensor],
) -> Facts:
    """What is known of a robot before it moves, where the selection's tensors live."""
    device = selection.indices.device
    limits = torch.as_tensor(robot.dof_limits, dtype=torch.float32, device=device)
    feet = [selection.names.index(name) for name in robot.foot_bodies]
    return Facts(
        body_names=selection.names,
        num_tracked=selection.num_tracked,
        anchor=selection.anchor,
        ends=selection.ends,
        feet=torch.tensor(feet, dtype=torch.int64, device=device),
        default_dof_pos=torch.as_tensor(robot.default_dof_pos, dtype=torch.float32, device=device),
        soft_limits=soft_limits(limits, robot.soft_limit_factor),
        control_dt=control_dt,
        standing_height=robot.standing_height,
        heights=heights,
    )


def soft_limits(dof_limits: Tensor, factor: float) -> Tensor:
    """(D, 2) limits shrunk about their middle."""
    middle = dof_limits.mean(-1, keepdim=True)
    return middle + factor * (dof_limits - middle)

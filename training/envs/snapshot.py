"""Robots, or their references, at one instant: the bodies that a task looks at, and the dofs."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.errors import nearest_names
from motionlib.robot import Robot
from training.simulators.base import SimState
from training.values import ConfigError


class BodyStates(NamedTuple):
    """Some bodies of E robots, world frame."""

    pos: Tensor
    """(E, K, 3) m, body origins."""
    quat_wxyz: Tensor
    """(E, K, 4) unit."""
    lin_vel: Tensor
    """(E, K, 3) m/s, of body origins."""
    ang_vel: Tensor
    """(E, K, 3) rad/s."""


class Snapshot(NamedTuple):
    """E robots, or E references, at one frame each."""

    dof_pos: Tensor
    """(E, D) rad."""
    dof_vel: Tensor
    """(E, D) rad/s."""
    bodies: BodyStates
    """(E, K) selected bodies, the root first."""
    foot_contact: Tensor
    """(E, F) bool: foot touches the ground; of a reference, its label."""

    def take(self, env_ids: Tensor) -> "Snapshot":
        """Rows of some environments."""
        bodies = BodyStates(*(part[env_ids] for part in self.bodies))
        return Snapshot(
            self.dof_pos[env_ids], self.dof_vel[env_ids], bodies, self.foot_contact[env_ids]
        )


class BodySelection:
    """Bodies that the task looks at: the tracked ones first, then what else is asked about."""

    def __init__(
        self,
        robot: Robot,
        *,
        end_bodies: Sequence[str],
        device: torch.device | str,
        others: Sequence[str] = (),
    ) -> None:
        for field, names in (("end_bodies", end_bodies), ("bodies", others)):
            for name in names:
                if name not in robot.body_names:
                    raise ConfigError(
                        f"env.{field} has {name!r}, expected bodies of {robot.name}; "
                        f"{nearest_names(name, robot.body_names)}"
                    )
        wanted = [*robot.tracked_bodies, robot.anchor_body, *end_bodies, *robot.foot_bodies]
        self.names: tuple[str, ...] = tuple(dict.fromkeys([*wanted, *others]))
        self.num_tracked = len(robot.tracked_bodies)
        """The first rows of the selection."""
        self.anchor = self.names.index(robot.anchor_body)
        self.ends = torch.tensor([self.names.index(name) for name in end_bodies], device=device)
        indices = [robot.body_names.index(name) for name in self.names]
        self.indices = torch.tensor(indices, dtype=torch.int64, device=device)
        """(K,) robot body indices."""

    def of(self, state: SimState) -> Snapshot:
        """Dofs and selected bodies of a simulator's state, as copies."""
        bodies = BodyStates(
            state.body_pos.index_select(1, self.indices),
            state.body_quat_wxyz.index_select(1, self.indices),
            state.body_lin_vel.index_select(1, self.indices),
            state.body_ang_vel.index_select(1, self.indices),
        )
        return Snapshot(state.dof_pos, state.dof_vel, bodies, state.foot_contact.clone())

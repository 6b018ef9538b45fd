"""Reference frames of a motion library as one flat table at the control rate."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.errors import MotionError, nearest_names
from motionlib.library import MotionLib
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.simulators.base import ResetState, SimState


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

    def take(self, env_ids: Tensor) -> "Snapshot":
        """Rows of some environments."""
        bodies = BodyStates(*(part[env_ids] for part in self.bodies))
        return Snapshot(self.dof_pos[env_ids], self.dof_vel[env_ids], bodies)


class BodySelection:
    """Bodies that the task looks at: the tracked ones first, then what else is asked about."""

    def __init__(
        self, robot: Robot, *, end_bodies: Sequence[str], device: torch.device | str
    ) -> None:
        for name in end_bodies:
            if name not in robot.body_names:
                raise ValueError(
                    f"terminations.end_bodies: {robot.name} has no body {name!r}; "
                    f"{nearest_names(name, robot.body_names)}"
                )
        wanted = [*robot.tracked_bodies, robot.anchor_body, *end_bodies]
        self.names: tuple[str, ...] = tuple(dict.fromkeys(wanted))
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
        return Snapshot(state.dof_pos, state.dof_vel, bodies)


class ReferenceTable:
    """Every frame's dofs and selected bodies as one row, so that a step gathers once."""

    def __init__(self, lib: MotionLib, selection: BodySelection) -> None:
        states, indices = lib.states, selection.indices
        self._num_dofs, self._num_bodies = states.dof_pos.shape[1], len(indices)
        columns = (
            states.dof_pos,
            states.dof_vel,
            states.body_pos[:, indices].flatten(1),
            states.body_quat_wxyz[:, indices].flatten(1),
            states.body_lin_vel[:, indices].flatten(1),
            states.body_ang_vel[:, indices].flatten(1),
        )
        self._table = torch.cat(columns, dim=-1).contiguous()
        self._widths = [column.shape[1] for column in columns]

    def rows(self, frames: Tensor) -> Snapshot:
        """Reference at (E,) flat frame numbers."""
        parts = self._table.index_select(0, frames).split(self._widths, dim=-1)
        dof_pos, dof_vel, pos, quat, lin_vel, ang_vel = parts
        shape = (self._num_bodies, -1)
        bodies = BodyStates(
            pos.unflatten(-1, shape),
            quat.unflatten(-1, shape),
            lin_vel.unflatten(-1, shape),
            ang_vel.unflatten(-1, shape),
        )
        return Snapshot(dof_pos, dof_vel, bodies)


def reset_state(states: MotionStates, rows: Tensor) -> ResetState:
    """What a simulator needs to stand exactly on (K,) flat reference frames."""
    return ResetState(
        root_pos=states.body_pos[rows, 0],
        root_quat_wxyz=states.body_quat_wxyz[rows, 0],
        root_lin_vel=states.body_lin_vel[rows, 0],
        root_ang_vel=states.body_ang_vel[rows, 0],
        dof_pos=states.dof_pos[rows],
        dof_vel=states.dof_vel[rows],
    )


def check_library(lib: MotionLib, robot: Robot) -> None:
    """Refuse a library that cannot be tracked.

    Raises:
        MotionError: It belongs to another robot, or a clip is too short to have a next frame.
    """
    if lib.robot.semantic_sha256 != robot.semantic_sha256:
        raise MotionError(
            f"the motion library is for robot {lib.robot.name}, the environment has {robot.name}; "
            "their bodies, joints or limits differ"
        )
    short = [lib.names[index] for index in (lib.num_frames < 2).nonzero().flatten().tolist()]
    if short:
        raise MotionError(
            f"{', '.join(short[:5])}: a clip of one frame at the control rate cannot be tracked; "
            "leave it out or give it at least two frames"
        )

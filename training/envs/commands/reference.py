"""Reference frames of a motion library as one flat table at the control rate."""

import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.library import MotionLib
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.snapshot import BodySelection, BodyStates, Snapshot
from training.simulators.base import ResetState


class ReferenceTable:
    """Every frame's dofs and selected bodies as one row, so that a step gathers once."""

    def __init__(self, lib: MotionLib, selection: BodySelection) -> None:
        states, indices = lib.states, selection.indices
        feet = [lib.robot.body_names.index(name) for name in lib.robot.foot_bodies]
        self._num_dofs, self._num_bodies = states.dof_pos.shape[1], len(indices)
        columns = (
            states.dof_pos,
            states.dof_vel,
            states.body_pos[:, indices].flatten(1),
            states.body_quat_wxyz[:, indices].flatten(1),
            states.body_lin_vel[:, indices].flatten(1),
            states.body_ang_vel[:, indices].flatten(1),
            states.body_contact[:, feet].float(),
        )
        self._table = torch.cat(columns, dim=-1).contiguous()
        self._widths = [column.shape[1] for column in columns]

    def rows(self, frames: Tensor) -> Snapshot:
        """Reference at (E,) flat frame numbers."""
        parts = self._table.index_select(0, frames).split(self._widths, dim=-1)
        dof_pos, dof_vel, pos, quat, lin_vel, ang_vel, feet = parts
        shape = (self._num_bodies, -1)
        bodies = BodyStates(
            pos.unflatten(-1, shape),
            quat.unflatten(-1, shape),
            lin_vel.unflatten(-1, shape),
            ang_vel.unflatten(-1, shape),
        )
        return Snapshot(dof_pos, dof_vel, bodies, feet > 0.5)


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

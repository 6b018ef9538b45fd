"""Reference frames of a motion library as one flat table at the control rate."""

from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.frames import LoadedFrames
from motionlib.library import MotionLib
from motionlib.motion import MotionStates
from motionlib.robot import Robot
from training.envs.snapshot import BodySelection, BodyStates, Snapshot
from training.simulators.base import ResetState

_ROWS = 16_384
"""Frames that are brought into a table together."""
_tables: WeakKeyDictionary[MotionLib, dict[tuple[object, ...], "ReferenceTable"]] = (
    WeakKeyDictionary()
)


class ReferenceTable:
    """Every frame's dofs and selected bodies as one row, so that a step gathers once."""

    def __init__(self, lib: MotionLib, selection: BodySelection) -> None:
        self._num_bodies, self._num_dofs = len(selection.indices), lib.robot.num_dofs
        feet = [lib.robot.body_names.index(name) for name in lib.robot.foot_bodies]
        num_frames = lib.source.num_frames
        parts = _columns(lib.frames(slice(0, 1)), selection.indices, feet)
        self._widths = [part.shape[1] for part in parts]
        self._table = parts[0].new_empty(num_frames, sum(self._widths))
        # piece by piece: of a mapped library no second copy comes to lie in memory
        for first in range(0, num_frames, _ROWS):
            rows = slice(first, first + _ROWS)
            torch.cat(
                _columns(lib.frames(rows), selection.indices, feet), dim=-1, out=self._table[rows]
            )

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


class LibraryRows:
    """Rows as `ReferenceTable` gives them, gathered from the library at each step."""

    def __init__(self, lib: MotionLib, selection: BodySelection) -> None:
        self._lib, self._bodies = lib, selection.indices
        names = lib.robot.body_names
        self._feet = [names.index(name) for name in lib.robot.foot_bodies]

    def rows(self, frames: Tensor) -> Snapshot:
        """Reference at (E,) flat frame numbers."""
        states, chosen = self._lib.frames(frames), self._bodies
        bodies = BodyStates(
            states.body_pos[:, chosen],
            states.body_quat_wxyz[:, chosen],
            states.body_lin_vel[:, chosen],
            states.body_ang_vel[:, chosen],
        )
        feet = states.body_contact[:, self._feet] > 0
        return Snapshot(states.dof_pos, states.dof_vel, bodies, feet)


def reference_table(
    lib: MotionLib, selection: BodySelection, *, most_mb: int = 0
) -> ReferenceTable | LibraryRows:
    """The table of a library; environments of one library and selection have it in common.

    Args:
        lib: Motions.
        selection: Bodies of each row.
        most_mb: MB from which no table is made of a library that lies in a file; 0: always.
    """
    tables = _tables.setdefault(lib, {})
    key = (selection.names, str(selection.indices.device))
    in_memory = isinstance(lib.source, LoadedFrames)
    if most_mb and key not in tables and not in_memory and _table_mb(lib, selection) > most_mb:
        return LibraryRows(lib, selection)
    if key not in tables:
        tables[key] = ReferenceTable(lib, selection)
    return tables[key]


def reset_state(lib: MotionLib, rows: Tensor) -> ResetState:
    """What a simulator needs to stand exactly on (K,) flat reference frames."""
    states = lib.frames(rows)
    return ResetState(
        root_pos=states.body_pos[:, 0],
        root_quat_wxyz=states.body_quat_wxyz[:, 0],
        root_lin_vel=states.body_lin_vel[:, 0],
        root_ang_vel=states.body_ang_vel[:, 0],
        dof_pos=states.dof_pos,
        dof_vel=states.dof_vel,
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


def _table_mb(lib: MotionLib, selection: BodySelection) -> float:
    robot = lib.robot
    width = 2 * robot.num_dofs + 13 * len(selection.names) + len(robot.foot_bodies)
    return 4e-6 * width * lib.source.num_frames


def _columns(states: MotionStates, bodies: Tensor, feet: list[int]) -> list[Tensor]:
    """Parts of a table's rows, (N, ...) each."""
    return [
        states.dof_pos,
        states.dof_vel,
        states.body_pos[:, bodies].flatten(1),
        states.body_quat_wxyz[:, bodies].flatten(1),
        states.body_lin_vel[:, bodies].flatten(1),
        states.body_ang_vel[:, bodies].flatten(1),
        states.body_contact[:, feet].float(),
    ]

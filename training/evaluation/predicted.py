"""The motions that robots made while they followed others, as a library."""

import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import torch
from torch import Tensor

from motionlib.formats.protomotions.packed_clip import PackedClip
from motionlib.formats.protomotions.writer import write_motion_lib
from motionlib.library import MotionLib
from motionlib.motion import Motion, MotionStates, states_from_motion
from motionlib.velocities import VelocityRule
from training.envs.moment import Moment
from training.simulators.base import SimState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spooled:
    """Where a motion's frames lie in a spool."""

    first: int
    count: int


class PredictedMotions:
    """The robots' own motions as a library: `with PredictedMotions(path, lib) as sink`.

    Every motion has the name, weight and all frames of the one that it follows, those after a
    failure too (when it failed is in the table), so that frame i of both are the same instant and
    both are (frames - 1) / fps long. Root pose, dofs and foot contacts are the simulator's;
    velocities are made from them by the library's rule, as in any library.
    """

    def __init__(self, path: Path, lib: MotionLib) -> None:
        """Prepare a library.

        Args:
            path: `.pt` to write when the block ends without an error.
            lib: What robots follow, at the control rate.
        """
        self._path, self._lib = path, lib
        robot = lib.robot
        self._feet = [robot.body_names.index(name) for name in robot.foot_bodies]
        self._width = 7 + robot.num_dofs + len(self._feet)
        self._spool_path = path.with_name(f".{path.name}.frames")
        self._spool: BinaryIO | None = None
        self._where: dict[str, _Spooled] = {}
        self._end, self._lock = 0, threading.Lock()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._spool = self._spool_path.open("w+b")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._write()
        finally:
            if self._spool is not None:
                self._spool.close()
            self._spool_path.unlink(missing_ok=True)

    def rows(self, now: Moment, state: SimState) -> Tensor:
        """See `Sink.rows`: root position, root quaternion, dofs, feet on the ground."""
        root = (state.body_pos[:, 0], state.body_quat_wxyz[:, 0], now.robot.dof_pos)
        return torch.cat((*root, now.robot.foot_contact.float()), dim=-1)

    def keep(self, case: str, frames: np.ndarray) -> None:
        """See `Sink.keep`: on disk, until all are there."""
        assert self._spool is not None, "used outside of its block"
        with self._lock:
            self._spool.write(np.ascontiguousarray(frames, dtype="<f4").tobytes())
            self._where[case] = _Spooled(first=self._end, count=len(frames))
            self._end += len(frames)

    def _write(self) -> None:
        assert self._spool is not None
        self._spool.flush()
        lib = self._lib
        clips = [
            PackedClip(
                name=name,
                fps=float(lib.fps[index]),
                num_frames=self._where[name].count,
                weight=float(lib.weights[index]),
                provenance=lib.provenances[index],
                load=lambda index=index: self._states(index, lib.velocity_rule),
            )
            for index, name in enumerate(lib.names)
            if name in self._where
        ]
        write_motion_lib(self._path, lib.robot, clips, velocity_rule=lib.velocity_rule)

    def _states(self, index: int, rule: VelocityRule) -> MotionStates:
        lib, where = self._lib, self._where[self._lib.names[index]]
        shape = (where.count, self._width)
        offset = 4 * self._width * where.first
        mapped = np.memmap(self._spool_path, dtype="<f4", mode="r", offset=offset, shape=shape)
        frames = torch.from_numpy(np.array(mapped))
        dofs = 7 + lib.robot.num_dofs
        quat = frames[:, 3:7]
        motion = Motion(
            name=lib.names[index],
            robot=lib.robot,
            fps=float(lib.fps[index]),
            root_pos=frames[:, :3],
            root_quat_wxyz=quat / quat.norm(dim=-1, keepdim=True),
            dof_pos=frames[:, 7:dofs],
            foot_contact=frames[:, dofs:] > 0.5,
            provenance=lib.provenances[index],
        )
        return states_from_motion(motion, velocity_rule=rule)

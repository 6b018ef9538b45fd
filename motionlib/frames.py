"""Frames of a motion library: in memory, or wherever a file maps them."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from motionlib.kinematics import local_quats
from motionlib.motion import STATE_FIELDS, MotionStates


class FrameSource(Protocol):
    """F frames of all clips one after the other, handed out row by row."""

    @property
    def num_frames(self) -> int:
        """F."""
        ...

    def frames(self, index: Tensor | slice) -> MotionStates:
        """The rows that (N,) int64 indices or a slice select."""
        ...

    def local_quats(self, index: Tensor | slice) -> Tensor:
        """(N, B, 4) wxyz rotations to the parent body; of the root, to the world.

        For robots whose dofs are exponential maps.
        """
        ...

    def loaded(self) -> "LoadedFrames":
        """All frames of the source in memory."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedFrames:
    """Frames in memory, on any device."""

    states: MotionStates
    """(F, ...)."""
    stored_local_quats: Tensor | None = None
    """(F, B, 4) wxyz as a file has them; None: they follow from the dofs."""

    @property
    def num_frames(self) -> int:
        """F."""
        return self.states.num_frames

    def frames(self, index: Tensor | slice) -> MotionStates:
        """The rows that `index` selects; of a slice, views."""
        return MotionStates(
            **{name: rows_of(getattr(self.states, name), index) for name in STATE_FIELDS}
        )

    def local_quats(self, index: Tensor | slice) -> Tensor:
        """(N, B, 4) wxyz, as stored if they are, else from the dofs."""
        if self.stored_local_quats is not None:
            return rows_of(self.stored_local_quats, index)
        root = rows_of(self.states.body_quat_wxyz, index)[:, 0]
        return local_rotations(root, rows_of(self.states.dof_pos, index))

    def loaded(self) -> "LoadedFrames":
        """Itself."""
        return self

    def to(self, device: torch.device | str) -> "LoadedFrames":
        """The frames on another device."""
        stored = self.stored_local_quats
        return LoadedFrames(
            states=self.states.to(device),
            stored_local_quats=None if stored is None else stored.to(device),
        )


def rows_of(tensor: Tensor, index: Tensor | slice) -> Tensor:
    """Rows of a tensor; `index_select` where it can, which is faster than indexing."""
    return tensor[index] if isinstance(index, slice) else tensor.index_select(0, index)


def local_rotations(root_quat_wxyz: Tensor, dof_pos: Tensor) -> Tensor:
    """(N, B, 4) wxyz rotations to the parent from exponential-map dofs, the root's own first.

    Args:
        root_quat_wxyz: (N, 4) f32, world.
        dof_pos: (N, 3 (B - 1)) f32 rad.
    """
    joints = local_quats(dof_pos.double()).to(root_quat_wxyz.dtype)
    return torch.cat((root_quat_wxyz.unsqueeze(1), joints), dim=1)

"""Frames of a packaged MotionLib where the file maps them; converted only when asked for."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from motionlib.contacts import label_contacts
from motionlib.formats.protomotions.checksums import MotionChecksums
from motionlib.formats.protomotions.marker_layout import BodyLayout
from motionlib.frames import LoadedFrames, local_rotations, rows_of
from motionlib.motion import STATE_FIELDS, MotionStates
from motionlib.robot import Robot
from motionlib.rotations import wxyz_from_xyzw

CHUNK_ROWS = 16_384
"""Frames that are looked at together where a whole file is gone through."""


class MappedFrames:
    """A `FrameSource` over the tensors of a file; they stay on the CPU, and so must indices.

    Quaternions become wxyz and the robot's own bodies are picked on the rows asked for, so that
    opening a library of any size costs no memory. This is where frames leave the file: `checksums`
    are asked here, once a motion, whoever wants it.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        robot: Robot,
        bodies: BodyLayout,
        checksums: MotionChecksums | None = None,
    ) -> None:
        self._content = content
        self._checksums = checksums
        self._stated_local = (
            robot.dof_coordinates == "exponential_map" and content.get("lrs") is not None
        )
        own = list(range(len(bodies.body_names)))
        self._native = None if list(bodies.native) == own else torch.tensor(bodies.native)
        self._loaded: LoadedFrames | None = None

    @property
    def num_frames(self) -> int:
        """F."""
        return self._content["gts"].shape[0]

    def frames(self, index: Tensor | slice) -> MotionStates:
        """The rows that `index` selects.

        Raises:
            FormatError: One is of a motion that is damaged.
        """
        if self._loaded is not None:
            return self._loaded.frames(index)
        self._check(index)
        body_pos, lin_vel = self._bodies("gts", index), self._bodies("gvs", index)
        if self._content.get("contacts") is None:
            contact = label_contacts(body_pos, lin_vel)
        else:
            stored = self._bodies("contacts", index, number=None)
            contact = stored if stored.dtype == torch.bool else stored > 0.5
        return MotionStates(
            dof_pos=rows_of(self._content["dps"], index).float(),
            dof_vel=rows_of(self._content["dvs"], index).float(),
            body_pos=body_pos,
            body_quat_wxyz=wxyz_from_xyzw(self._bodies("grs", index)),
            body_lin_vel=lin_vel,
            body_ang_vel=self._bodies("gavs", index),
            body_contact=contact,
        )

    def local_quats(self, index: Tensor | slice) -> Tensor:
        """(N, B, 4) wxyz, as stored if they are, else from the dofs."""
        if self._loaded is not None:
            return self._loaded.local_quats(index)
        self._check(index)
        if self._stated_local:
            return wxyz_from_xyzw(self._bodies("lrs", index))
        root = wxyz_from_xyzw(rows_of(self._content["grs"], index)[:, 0].float())
        return local_rotations(root, rows_of(self._content["dps"], index).float())

    def loaded(self) -> LoadedFrames:
        """All frames in memory; read on the first call, and kept."""
        if self._loaded is None:
            everything = slice(None)
            states = self.frames(everything)
            mapped = {
                tensor.data_ptr() for tensor in self._content.values() if isinstance(tensor, Tensor)
            }
            fields = {name: getattr(states, name) for name in STATE_FIELDS}
            copies = {
                name: value.clone() if value.data_ptr() in mapped else value
                for name, value in fields.items()
            }
            local = self.local_quats(everything) if self._stated_local else None
            self._loaded = LoadedFrames(states=MotionStates(**copies), stored_local_quats=local)
        return self._loaded

    def _check(self, index: Tensor | slice) -> None:
        if self._checksums is not None:
            self._checksums.check(index)

    def _bodies(
        self, key: str, index: Tensor | slice, *, number: torch.dtype | None = torch.float32
    ) -> Tensor:
        rows = rows_of(self._content[key], index)
        if self._native is not None:
            rows = rows.index_select(1, self._native)
        return rows if number is None else rows.to(number)


def chunks(num_frames: int, size: int = CHUNK_ROWS) -> list[slice]:
    """Slices that cover so many frames."""
    return [slice(first, min(first + size, num_frames)) for first in range(0, num_frames, size)]

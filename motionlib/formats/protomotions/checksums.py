"""Checksums of a packaged MotionLib: one for each motion, and one over everything else.

They lie in our own dict of the file, as `motion_crc32`, (M,) int64, and `header_crc32`, (1,) int64.
A motion's is the CRC-32 of its rows of the tensors in `FRAME_KEYS`, in that order, as stored. The
header's goes over all other tensors and plain values, and over the frame tensors' dtypes and shapes.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlib.errors import FormatError

HEADER_KEY = "workbench"
"""Our one extra key: a dict of plain values; ProtoMotions stores it as an unused attribute."""
MOTION_CRC, HEADER_CRC = "motion_crc32", "header_crc32"
FRAME_KEYS = ("gts", "grs", "gvs", "gavs", "dps", "dvs", "contacts", "lrs")
"""Tensors with one row a frame, in the order in which a motion's checksum takes them."""
_REMEDY = (
    "the file is damaged, or another program changed it: pull it or make it again, or have that "
    f"program leave out {HEADER_KEY!r}"
)


def motion_crc32(tensors: Mapping[str, Tensor]) -> int:
    """CRC-32 of one motion's rows.

    Args:
        tensors: Those of `FRAME_KEYS` that the file has, (T, ...) each.
    """
    crc = 0
    for key in FRAME_KEYS:
        if key in tensors:
            crc = zlib.crc32(_memory(tensors[key]), crc)
    return crc


def header_crc32(content: Mapping[str, Any]) -> int:
    """CRC-32 of all that a file says but its frames' numbers and this checksum itself.

    Args:
        content: What the file holds; of the tensors in `FRAME_KEYS` only dtype and shape count.
    """
    return _crc32_of(content, 0, frames=FRAME_KEYS)


def check_header(content: Mapping[str, Any], path: Path) -> bool:
    """Hold everything but the frames' numbers against its checksum.

    Args:
        content: What the file holds, as torch reads it.
        path: For messages.

    Returns:
        Whether the file has checksums.

    Raises:
        FormatError: It does not fit, or there is only one of the two kinds.
    """
    header = content.get(HEADER_KEY)
    own = header if isinstance(header, dict) else {}
    motions, stated = own.get(MOTION_CRC), own.get(HEADER_CRC)
    if motions is None and stated is None:
        return False
    for key, each in ((MOTION_CRC, motions), (HEADER_CRC, stated)):
        if not isinstance(each, Tensor) or each.dtype != torch.int64 or each.ndim != 1:
            raise FormatError(f"{path}: {key} is no list of checksums; {_REMEDY}")
    try:
        found = header_crc32(content)
    except (ValueError, TypeError, RuntimeError, RecursionError) as error:
        raise FormatError(f"{path}: holds what no library does ({error}); {_REMEDY}") from error
    if own[HEADER_CRC].tolist() != [found]:
        raise FormatError(
            f"{path}: all but its frames has the checksum {found}, {HEADER_CRC} says "
            f"{own[HEADER_CRC].tolist()}; {_REMEDY}"
        )
    return True


class MotionChecksums:
    """Motions of a mapped library, each held against its checksum when it is first touched."""

    def __init__(
        self,
        content: Mapping[str, Any],
        names: Sequence[str],
        starts: Sequence[int],
        counts: Sequence[int],
        path: Path,
    ) -> None:
        """Take the checksums of a file whose header and shapes have been checked.

        Raises:
            FormatError: Not one for each motion, or tensors that no writer of ours lays out so.
        """
        tensors = {key: content[key] for key in FRAME_KEYS if content.get(key) is not None}
        stated = content[HEADER_KEY][MOTION_CRC]
        whole = all(tensor.is_contiguous() for tensor in tensors.values())
        if not whole or tuple(stated.shape) != (len(counts),):
            raise FormatError(
                f"{path}: {MOTION_CRC} has shape {tuple(stated.shape)}, expected ({len(counts)},), "
                f"and frames one after the other; {_REMEDY}"
            )
        self._stated = stated.tolist()
        self._memory = [
            (_memory(tensor), tensor[0].numel() * tensor.dtype.itemsize)
            for tensor in tensors.values()
        ]
        self._names, self._path = names, path
        self._starts = torch.tensor(starts)
        self._bounds = [(s, s + n) for s, n in zip(starts, counts, strict=True)]
        self._left = set(range(len(counts)))
        self._pending = torch.ones(self._bounds[-1][1], dtype=torch.bool)

    def check(self, index: Tensor | slice) -> None:
        """Check those motions among the frames that `index` selects that no call has checked yet.

        Raises:
            FormatError: Names the file and the motion.
        """
        if not self._left:
            return
        pending = self._pending[index]
        if not bool(pending.any()):
            return
        frames = torch.arange(len(self._pending))[index][pending]
        motions = torch.searchsorted(self._starts, frames, right=True) - 1
        for motion in motions.unique().tolist():
            self._check(motion)

    def check_all(self) -> None:
        """Check every motion that has not been; one pass over the file.

        Raises:
            FormatError: Names the file and the first damaged motion.
        """
        for motion in sorted(self._left):
            self._check(motion)

    def damaged(self) -> list[str]:
        """Names of the motions whose numbers do not fit their checksums; all are looked at."""
        return [
            name
            for motion, name in enumerate(self._names)
            if self._found(motion) != self._stated[motion]
        ]

    def _check(self, motion: int) -> None:
        found, stated = self._found(motion), self._stated[motion]
        if found != stated:
            raise FormatError(
                f"{self._path}: motion {self._names[motion]} has the checksum {found:08x}, "
                f"{MOTION_CRC} says {stated:08x}; {_REMEDY}"
            )
        first, end = self._bounds[motion]
        self._pending[first:end] = False
        self._left.discard(motion)

    def _found(self, motion: int) -> int:
        first, end = self._bounds[motion]
        crc = 0
        for memory, row in self._memory:
            crc = zlib.crc32(memory[first * row : end * row], crc)
        return crc


def _memory(tensor: Tensor) -> memoryview:
    """A tensor's bytes: where they lie if they are contiguous, else a copy."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data


def _crc32_of(value: object, crc: int, *, frames: Sequence[str] = ()) -> int:
    """CRC-32 of numbers, text, tensors and dicts of them; of tensors in `frames` only the shape."""
    if not isinstance(value, Mapping):
        return zlib.crc32(json.dumps(value).encode(), crc)
    for key in sorted(value):
        each = value[key]
        if key == HEADER_CRC:
            continue
        crc = zlib.crc32(f"{key}\0".encode(), crc)
        if isinstance(each, Tensor):
            crc = zlib.crc32(f"{each.dtype}{tuple(each.shape)}".encode(), crc)
            if key not in frames:
                crc = zlib.crc32(_memory(each), crc)
        else:
            crc = _crc32_of(each, crc)
    return crc

"""BVH text: a tree of joints with any channels, and one row of numbers a frame."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlib.containers.bounds import MAX_BVH_BYTES, checked_size
from motionlib.errors import FormatError
from motionlib.human.readers.bvh_hierarchy import BvhJoint, BvhTree, bvh_problem, statements_of

_HEAD_BYTES = 1 << 20
_CHUNK_CHARACTERS = 1 << 20
_JOINTS_A_CHANNEL = 8
_BLANK = re.compile(r"\s")
_FRAME_TIME = re.compile(r"(?im)^[ \t]*frame[ \t]*time[ \t]*:?[ \t]*(\S*)[^\n]*$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BvhFile:
    """A file as written: file units, degrees, the file's own axes."""

    path: Path
    joints: tuple[BvhJoint, ...]
    """Parents before their children."""
    end_sites: dict[int, tuple[float, float, float]]
    """Joint index to the offset of its End Site."""
    num_frames: int
    frame_time: str
    """s, as printed: its digits say how far it may be rounded."""
    values: np.ndarray
    """(T, C) numbers of the MOTION block; if only the head was read, of its first two frames, or
    none where those cannot be read."""


def parse_bvh(path: Path, *, head_only: bool = False) -> BvhFile:
    """Read a BVH file; its numbers are not interpreted.

    Args:
        path: The file; line ends and indentation of any kind.
        head_only: Stop after the first two frames.

    Raises:
        FormatError: No BVH, a broken hierarchy, a frame with too few or too many numbers; names
            the line and what was expected there.
    """
    path = Path(path)
    size, text, found = _text(path, head_only=head_only)
    tree = BvhTree(path)
    frames = _frame_count(path, *tree.read(statements_of(text[: found.end()])))
    _check_proportion(path, tree, frames, size)
    if head_only:
        values = _first_rows(text[found.end() :], tree.channels)
    else:
        lines = text.count("\n", 0, found.end()) + 1
        values = _values(path, text[found.end() :], lines, (frames, tree.channels))
    return BvhFile(
        path=path,
        joints=tree.frozen(),
        end_sites=tree.end_sites,
        num_frames=frames,
        frame_time=found.group(1),
        values=values,
    )


def _text(path: Path, *, head_only: bool) -> tuple[int, str, re.Match[str]]:
    """The file's size, its text with Unix line ends, and where its head ends."""
    try:
        size = checked_size(path, MAX_BVH_BYTES)
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES) if head_only else file.read()
            found = _FRAME_TIME.search(text := _decoded(data))
            if head_only and not found:
                found = _FRAME_TIME.search(text := _decoded(data + file.read()))
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    begin = text[:_HEAD_BYTES].lstrip()
    first = begin[:40].split("\n", maxsplit=1)[0]
    if begin[:9].upper() != "HIERARCHY":
        hint = "; a Git LFS pointer: run `git lfs pull`" if "git-lfs" in first else ""
        raise FormatError(
            f"{path}: line 1 is {first!r}, expected HIERARCHY: this is no BVH file{hint}"
        )
    if not found:
        raise FormatError(f"{path}: no line 'Frame Time: SECONDS'; the file is cut off or no BVH")
    return size, text, found


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _frame_count(path: Path, line: int, statement: str) -> int:
    found = re.match(r"(?i)frames\s*:?\s*(\d{1,15})$", statement)
    if not found:
        raise bvh_problem(path, line, "'Frames: NUMBER' after MOTION", statement)
    if int(found.group(1)) == 0:
        raise bvh_problem(path, line, "at least one frame", statement)
    return int(found.group(1))


def _check_proportion(path: Path, tree: BvhTree, frames: int, size: int) -> None:
    """Hold what will be made of the numbers against the bytes that there are for them."""
    joints = len(tree.frozen())
    if joints > _JOINTS_A_CHANNEL * tree.channels:
        raise FormatError(
            f"{path}: {tree.channels} channels move {joints} joints; expected some for each joint"
        )
    # a number is a digit and a blank
    if 2 * frames * tree.channels - 1 > size:
        raise FormatError(
            f"{path}: the head says {frames} frames of {tree.channels} numbers, the file has {size} "
            "bytes; it is cut off or its 'Frames:' line is wrong"
        )


def _first_rows(block: str, channels: int) -> np.ndarray:
    """(2, C), or (0, C) where these two rows are not there or not whole."""
    rows = [line.split() for line in block.split("\n", 8)[:-1] if line.strip()][:2]
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError:
        values = np.empty(0)
    return values if values.shape == (2, channels) else np.empty((0, channels))


def _values(path: Path, block: str, head_lines: int, shape: tuple[int, int]) -> np.ndarray:
    values = np.empty(shape[0] * shape[1])
    filled = 0
    try:
        for words in _word_chunks(block):
            values[filled : filled + len(words)] = np.array(words, dtype=np.float64)
            filled += len(words)
    except ValueError:  # a word that is no number, or a word too many
        filled = -1
    if filled == len(values):
        return values.reshape(shape)
    # the lines are looked at one by one only to name the one that is wrong
    rows = 0
    for number, line in enumerate(_lines(block), start=head_lines):
        row = line.split()
        if row and len(row) != shape[1]:
            raise bvh_problem(path, number, f"{shape[1]} numbers, one a channel", f"{len(row)}")
        for word in row:
            try:
                float(word)
            except ValueError:
                raise bvh_problem(path, number, "numbers only", word) from None
        rows += bool(row)
    raise FormatError(
        f"{path}: the head says {shape[0]} frames, found {rows} rows; the file is cut off "
        "or its 'Frames:' line is wrong"
    )


def _word_chunks(block: str) -> Iterator[list[str]]:
    """Words, a megabyte at a time: each as an object of its own takes ten times its letters."""
    start = 0
    while start < len(block):
        gap = _BLANK.search(block, start + _CHUNK_CHARACTERS)
        stop = gap.start() if gap else len(block)
        yield block[start:stop].split()
        start = stop


def _lines(text: str) -> Iterator[str]:
    start = 0
    while (stop := text.find("\n", start)) >= 0:
        yield text[start:stop]
        start = stop + 1
    yield text[start:]

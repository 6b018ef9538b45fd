"""BVH text: a tree of joints with any channels, and one row of numbers a frame."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlib.errors import FormatError

_HEAD_BYTES = 1 << 20
_FRAME_TIME = re.compile(r"(?im)^[ \t]*frame[ \t]*time[ \t]*:?[ \t]*(\S*)[^\n]*$")
_END_SITE = -2
_CHANNEL = re.compile(r"(?i)^([xyz])(position|rotation)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class BvhJoint:
    """One joint of the hierarchy."""

    name: str
    parent: int
    """Index of the parent joint; -1 for a root."""
    offset: tuple[float, float, float]
    """From the parent, in its frame, file units."""
    channels: tuple[str, ...]
    """`Xposition` ... `Zrotation`, in the order of the numbers."""
    first_channel: int
    """Column of its first number in a row."""


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
    """(T, C) numbers of the MOTION block; (0, C) if only the head was read."""


def parse_bvh(path: Path, *, head_only: bool = False) -> BvhFile:
    """Read a BVH file; its numbers are not interpreted.

    Args:
        path: The file; line ends and indentation of any kind.
        head_only: Stop before the frames.

    Raises:
        FormatError: No BVH, a broken hierarchy, a frame with too few or too many numbers; names
            the line and what was expected there.
    """
    path = Path(path)
    text, found = _text(path, head_only=head_only)
    head = text[: found.end()].split("\n")
    tree = _Tree(path)
    rest = tree.read(list(_statements(head)))
    frames = _frame_count(path, rest)
    values = np.empty((0, tree.channels))
    if not head_only:
        values = _values(path, text[found.end() :], len(head), (frames, tree.channels))
    return BvhFile(
        path=path,
        joints=tree.frozen(),
        end_sites=tree.end_sites,
        num_frames=frames,
        frame_time=found.group(1),
        values=values,
    )


def _text(path: Path, *, head_only: bool) -> tuple[str, re.Match[str]]:
    """The file's text with Unix line ends, and where its head ends."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES) if head_only else file.read()
            found = _FRAME_TIME.search(text := _decoded(data))
            if head_only and not found:
                found = _FRAME_TIME.search(text := _decoded(data + file.read()))
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    first = text.lstrip()[:40].split("\n", maxsplit=1)[0]
    if not text.lstrip().upper().startswith("HIERARCHY"):
        hint = "; a Git LFS pointer: run `git lfs pull`" if "git-lfs" in first else ""
        raise FormatError(
            f"{path}: line 1 is {first!r}, expected HIERARCHY: this is no BVH file{hint}"
        )
    if not found:
        raise FormatError(f"{path}: no line 'Frame Time: SECONDS'; the file is cut off or no BVH")
    return text, found


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Line number and text of every statement; braces stand alone."""
    for number, line in enumerate(lines, start=1):
        for part in re.split(r"([{}])", line):
            if part.strip():
                yield number, part.strip()


class _Tree:
    """The hierarchy while it is read, statement by statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end_sites: dict[int, tuple[float, float, float]] = {}
        self.channels = 0
        self._names: list[str] = []
        self._parents: list[int] = []
        self._offsets: dict[int, tuple[float, float, float]] = {}
        self._channels_of: dict[int, tuple[int, tuple[str, ...]]] = {}
        self._open: list[int] = []
        self._next: int | None = None

    def read(self, statements: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """Take in the hierarchy; what follows MOTION."""
        readers = {
            "ROOT": self._joint,
            "JOINT": self._joint,
            "END": self._end_site,
            "{": self._enter,
            "}": self._leave,
            "OFFSET": self._offset,
            "CHANNELS": self._set_channels,
        }
        for place, (line, statement) in enumerate(statements[1:], start=1):
            word, *rest = statement.split()
            if word.upper() == "MOTION":
                if self._open or not self._names:
                    raise self._problem(line, "a closed hierarchy with a ROOT before it", statement)
                return statements[place + 1 :]
            reader = readers.get(word.upper())
            expected = reader(line, rest) if reader else f"one of {', '.join(readers)}"
            if expected:
                raise self._problem(line, expected, statement)
        raise FormatError(f"{self.path}: no MOTION after the hierarchy; the file is cut off")

    def frozen(self) -> tuple[BvhJoint, ...]:
        """The joints."""
        return tuple(
            BvhJoint(
                name=name,
                parent=self._parents[index],
                offset=self._offsets.get(index, (0.0, 0.0, 0.0)),
                first_channel=self._channels_of.get(index, (0, ()))[0],
                channels=self._channels_of.get(index, (0, ()))[1],
            )
            for index, name in enumerate(self._names)
        )

    # each reader returns what it expected instead; empty if all is well

    def _joint(self, line: int, rest: list[str]) -> str:
        name, parent = " ".join(rest), self._open[-1] if self._open else -1
        if not name or parent == _END_SITE or self._next is not None:
            return "ROOT NAME outside or JOINT NAME inside of a joint's braces"
        if name in self._names:
            raise self._problem(line, "a name of its own for each joint", name)
        self._next = len(self._names)
        self._names.append(name)
        self._parents.append(parent)
        return ""

    def _end_site(self, _line: int, _rest: list[str]) -> str:
        if not self._open or self._open[-1] == _END_SITE:
            return "End Site inside of a joint's braces"
        self._next = _END_SITE
        return ""

    def _enter(self, _line: int, _rest: list[str]) -> str:
        if self._next is None:
            return "ROOT, JOINT or End Site before {"
        self._open.append(self._next)
        self._next = None
        return ""

    def _leave(self, _line: int, _rest: list[str]) -> str:
        if not self._open:
            return "no } without its {"
        self._open.pop()
        return ""

    def _offset(self, _line: int, rest: list[str]) -> str:
        try:
            x, y, z = map(float, rest)
        except ValueError:
            x = y = z = float("nan")
        if not self._open or not np.isfinite((x, y, z)).all():
            return "OFFSET and three finite numbers, inside of a joint's braces"
        if self._open[-1] == _END_SITE:
            self.end_sites[self._open[-2]] = (x, y, z)
        else:
            self._offsets[self._open[-1]] = (x, y, z)
        return ""

    def _set_channels(self, _line: int, rest: list[str]) -> str:
        found = [_CHANNEL.match(word) for word in rest[1:]]
        names = tuple(m.group(1).upper() + m.group(2).lower() for m in found if m)
        whole = len(names) == len(found) == len(set(names)) and rest[:1] == [str(len(names))]
        if not whole or not self._open or self._open[-1] in {_END_SITE, *self._channels_of}:
            return "CHANNELS N and N different names such as Xposition or Zrotation, once a joint"
        self._channels_of[self._open[-1]] = (self.channels, names)
        self.channels += len(names)
        return ""

    def _problem(self, line: int, expected: str, found: str) -> FormatError:
        return _problem(self.path, line, expected, found)


def _frame_count(path: Path, rest: list[tuple[int, str]]) -> int:
    line, statement = rest[0] if rest else (0, "")
    found = re.match(r"(?i)frames\s*:?\s*(\d+)$", statement)
    if not found:
        raise _problem(path, line, "'Frames: NUMBER' after MOTION", statement)
    if int(found.group(1)) == 0:
        raise _problem(path, line, "at least one frame", statement)
    return int(found.group(1))


def _values(path: Path, block: str, head_lines: int, shape: tuple[int, int]) -> np.ndarray:
    words = block.split()
    if len(words) == shape[0] * shape[1]:
        try:
            return np.array(words, dtype=np.float64).reshape(shape)
        except ValueError:
            pass
    # the lines are looked at one by one only to name the one that is wrong
    lines = [(n, line.split()) for n, line in enumerate(block.split("\n"), start=head_lines)]
    lines = [(n, row) for n, row in lines if row]
    for number, row in lines:
        if len(row) != shape[1]:
            raise _problem(path, number, f"{shape[1]} numbers, one a channel", f"{len(row)}")
        for word in row:
            try:
                float(word)
            except ValueError:
                raise _problem(path, number, "numbers only", word) from None
    raise FormatError(
        f"{path}: the head says {shape[0]} frames, found {len(lines)} rows; the file is cut off "
        "or its 'Frames:' line is wrong"
    )


def _problem(path: Path, line: int, expected: str, found: str) -> FormatError:
    return FormatError(f"{path}: line {line}: expected {expected}, found {found[:80]!r}")

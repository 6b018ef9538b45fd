"""The tree of joints at the head of a BVH file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlib.containers.bounds import MAX_BVH_JOINTS, MAX_NAME_CHARACTERS
from motionlib.errors import FormatError
from motionlib.showing import shown

_END_SITE = -2
_FILLED = re.compile(r"\S[^\n]*")
_BRACE = re.compile(r"([{}])")
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


class BvhTree:
    """The hierarchy while it is read, statement by statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end_sites: dict[int, tuple[float, float, float]] = {}
        self.channels = 0
        self._names: dict[str, None] = {}
        self._parents: list[int] = []
        self._offsets: dict[int, tuple[float, float, float]] = {}
        self._channels_of: dict[int, tuple[int, tuple[str, ...]]] = {}
        self._open: list[int] = []
        self._next: int | None = None

    def read(self, statements: Iterator[tuple[int, str]]) -> tuple[int, str]:
        """Take in the hierarchy; the statement that follows MOTION, empty if none does."""
        readers = {
            "ROOT": self._joint,
            "JOINT": self._joint,
            "END": self._end_site,
            "{": self._enter,
            "}": self._leave,
            "OFFSET": self._offset,
            "CHANNELS": self._set_channels,
        }
        next(statements, None)  # HIERARCHY
        for line, statement in statements:
            word, *rest = statement.split()
            if word.upper() == "MOTION":
                if self._open or not self._names:
                    raise self._problem(line, "a closed hierarchy with a ROOT before it", statement)
                return next(statements, (line, ""))
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
        if len(name) > MAX_NAME_CHARACTERS or len(self._names) == MAX_BVH_JOINTS:
            what = f"at most {MAX_BVH_JOINTS} joints, names of up to {MAX_NAME_CHARACTERS} letters"
            raise self._problem(line, what, name)
        self._next = len(self._names)
        self._names[name] = None
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
        return bvh_problem(self.path, line, expected, found)


def statements_of(text: str) -> Iterator[tuple[int, str]]:
    """Line number and text of every statement; braces stand alone."""
    number, counted = 1, 0
    for filled in _FILLED.finditer(text):
        number += text.count("\n", counted, filled.start())
        counted = filled.start()
        for part in _BRACE.split(filled.group()):
            if part.strip():
                yield number, part.strip()


def bvh_problem(path: Path, line: int, expected: str, found: str) -> FormatError:
    """Error that names file, line, what was expected there and what was found."""
    return FormatError(f"{path}: line {line}: expected {expected}, found {shown(found)}")

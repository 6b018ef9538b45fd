"""What a robot's MJCF would become, held against bounds before MuJoCo makes it, and its files."""

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from motionlib.containers.bounds import (
    MAX_BODIES,
    MAX_TEXT_BYTES,
    MAX_XML_COPIES,
    MAX_XML_DEPTH,
    MAX_XML_PIXELS,
    read_checked,
)
from motionlib.errors import FormatError, RobotError
from motionlib.files import Stamp, stamp_of
from motionlib.robots.yaml_values import robot_problem
from motionlib.showing import cut, shown, shown_error

_MAX_FILES = 100
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]{1,15}")
# what an element makes many of, and how many are usual
_COUNTS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "replicate": (("count",), MAX_XML_COPIES),
    "composite": (("count",), MAX_XML_COPIES),
    "flexcomp": (("count",), MAX_XML_COPIES),
    "numeric": (("size",), MAX_XML_COPIES),
    "hfield": (("nrow", "ncol"), MAX_XML_PIXELS),
    "texture": (("width", "height"), MAX_XML_PIXELS),
}
_ASSETS = ("mesh", "hfield", "skin")
_UNUSED = ("nuser_", "nuserdata", "nstack", "njmax", "nconmax", "nkey")


class XmlFiles(NamedTuple):
    """A model's XML files, and where they ask for files of other kinds."""

    stamps: Mapping[Path, Stamp]
    """The main file, then what is included, in order; each one's `stamp_of` before it was read."""
    places: Mapping[tuple[str, str], tuple[Path, int]]
    """File and line of each element, of those in `_ASSETS`, and what it calls its file."""


def check_mjcf(path: Path) -> XmlFiles:
    """Refuse a model that is out of proportion to its text, in it or in a file that it includes.

    Raises:
        RobotError: No regular file, no XML, declarations of entities, nested too deeply, more
            bodies than a robot has, an element that makes a great many of something, an included
            file that is missing or was included before.
        OSError: It cannot be read.
    """
    waiting, bodies, seen, repeated = [path], 0, {os.path.normpath(path)}, None
    stamps = {path: stamp_of(path.stat())}
    places: dict[tuple[str, str], tuple[Path, int]] = {}
    while waiting:
        file = waiting.pop(0)
        look = _Look(file)
        bodies += look.bodies
        for name, line in look.included:
            included = _included(path, file, name, line)
            if os.path.normpath(included) in seen:
                repeated = repeated or _repeated(file, name, line)
                continue
            seen.add(os.path.normpath(included))
            stamps[included] = stamp_of(included.stat())
            waiting.append(included)
        if bodies > MAX_BODIES or len(stamps) > _MAX_FILES:
            raise robot_problem(
                path,
                "body",
                f"expected at most {MAX_BODIES} bodies in {_MAX_FILES} files, found more; keep "
                "the robot alone",
            )
        for asset, line in look.assets:
            places.setdefault(asset, (file, line))
    if repeated:  # told last: a loop hides nothing that would be refused anyway
        raise repeated
    return XmlFiles(stamps, places)


def written_path(folder: Path, name: str) -> Path:
    """Where a name in a model's text leads from a folder; MuJoCo takes backslashes for slashes."""
    return folder / name.replace("\\", "/")


def _included(main: Path, file: Path, name: str, line: int) -> Path:
    """MuJoCo looks in the folder of the main file, then in that of the file that includes."""
    for folder in (main.parent, file.parent):
        if os.path.isfile(found := written_path(folder, name)):  # noqa: PTH113 - of any name
            return found
    raise robot_problem(
        file,
        f"line {line}: include",
        f"expected the file {shown(name)} in {main.parent}, found none; copy it there or correct "
        "the attribute 'file'",
    )


def _repeated(file: Path, name: str, line: int) -> RobotError:
    return robot_problem(
        file,
        f"line {line}: include",
        f"expected a file that is included once, found {shown(name)} again; MuJoCo refuses that: "
        "remove this line, or include a copy",
    )


class _Look:
    """One file gone through element by element."""

    def __init__(self, path: Path) -> None:
        self.bodies, self.included = 0, list[tuple[str, int]]()
        self.assets: list[tuple[tuple[str, str], int]] = []
        self._path, self._depth, self._copies = path, 0, [1]
        try:
            content = read_checked(path, MAX_TEXT_BYTES)
        except FormatError as error:
            raise RobotError(str(error)) from error
        if _DECLARATION.search(content):
            raise robot_problem(path, "DOCTYPE", "expected elements only; remove the declaration")
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(content, True)  # noqa: FBT003 - expat's signature
        except expat.ExpatError as error:
            raise robot_problem(
                path, "", f"MuJoCo cannot read it: no XML: {shown_error(error)}"
            ) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_XML_DEPTH:
            raise robot_problem(
                self._path, cut(name), f"nested deeper than {MAX_XML_DEPTH} elements; flatten it"
            )
        copies, line = self._copies[-1], self._parser.CurrentLineNumber
        file = attributes.get("file", attributes.get("filename", ""))  # URDF says `filename`
        if file and name in _ASSETS:
            self.assets.append(((name, file), line))
        if file and name == "flexcomp":
            raise robot_problem(
                self._path,
                f"line {line}: flexcomp",
                "names a file; a robot here is rigid, remove it",
            )
        if name in _COUNTS:
            fields, most = _COUNTS[name]
            copies *= math.prod(self._number(name, field, attributes, most) for field in fields)
            if copies > most:
                raise self._too_many(name, fields[0], copies, most)
        elif name == "size":
            for field in attributes:
                if field.startswith(_UNUSED):
                    self._number(name, field, attributes, MAX_XML_COPIES)
        elif name == "body":
            self.bodies += self._copies[-1]
        elif name == "include":
            self.included.append((file, line))
        elif name == "model" and "file" in attributes:
            raise robot_problem(
                self._path, "model", "names another model; put the robot into one file"
            )
        self._copies.append(copies if name == "replicate" else self._copies[-1])

    def _end(self, _name: str) -> None:
        self._depth -= 1
        self._copies.pop()

    def _number(self, name: str, field: str, attributes: Mapping[str, str], most: int) -> int:
        """Product of an attribute's whole numbers; 1 where it has none."""
        product = 1
        for word in attributes.get(field, "")[:MAX_XML_COPIES].split()[:3]:
            if word.lstrip("+").isdigit():
                if not _WHOLE.fullmatch(word.lstrip("+")):
                    raise self._too_many(name, field, shown(word), most)
                product *= max(1, int(word))
        if product > most:
            raise self._too_many(name, field, product, most)
        return product

    def _too_many(self, name: str, field: str, found: object, most: int) -> RobotError:
        return robot_problem(
            self._path, name, f"expected {field} to make at most {most} things, found {found}"
        )

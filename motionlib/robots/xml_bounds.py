"""What a robot's MJCF would become, held against bounds before MuJoCo makes it."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
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
_UNUSED = ("nuser_", "nuserdata", "nstack", "njmax", "nconmax", "nkey")


def check_mjcf(path: Path) -> None:
    """Refuse a model that is out of proportion to its text, in it or in a file that it includes.

    Raises:
        RobotError: No regular file, no XML, declarations of entities, nested too deeply, more
            bodies than a robot has, or an element that makes a great many of something.
        OSError: It cannot be read.
    """
    waiting, seen = [path], {path}
    bodies = 0
    while waiting:
        look = _Look(waiting.pop())
        bodies += look.bodies
        if bodies > MAX_BODIES or len(seen) > _MAX_FILES:
            raise robot_problem(
                path,
                "body",
                f"expected at most {MAX_BODIES} bodies in {_MAX_FILES} files, found more; keep "
                "the robot alone",
            )
        included = {path.parent / name for name in look.included} - seen
        waiting += sorted(each for each in included if each.exists())
        seen |= included


class _Look:
    """One file gone through element by element."""

    def __init__(self, path: Path) -> None:
        self.bodies, self.included = 0, set[str]()
        self._path, self._depth, self._copies = path, 0, [1]
        try:
            content = read_checked(path, MAX_TEXT_BYTES)
        except FormatError as error:
            raise RobotError(str(error)) from error
        if _DECLARATION.search(content):
            raise robot_problem(path, "DOCTYPE", "expected elements only; remove the declaration")
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        try:
            parser.Parse(content, True)  # noqa: FBT003 - expat's signature
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
        copies = self._copies[-1]
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
            self.included.add(attributes.get("file", ""))
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

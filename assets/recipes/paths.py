"""Paths in a recipe: relative to its folder, with environment variables and their defaults."""

import os
import re
from pathlib import Path

from motionlib.errors import MotionError

_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)(?::-(?P<default>[^}]*))?\})")


class RecipeError(MotionError):
    """A recipe does not say what its schema asks for."""


def resolve_path(file: Path, field: str, text: str) -> Path:
    """The absolute path that a recipe's text means.

    Args:
        file: The recipe; relative paths start at its folder.
        field: Name of the field, for messages.
        text: A path; `$NAME`, `${NAME}` and `${NAME:-default}` are expanded as a shell does. Where
            a variable is the whole text, its value is relative to the working directory, as its
            user typed it there.

    Raises:
        RecipeError: A variable without a default is not set.
    """
    whole = _VARIABLE.fullmatch(text)
    if whole and (value := os.environ.get(whole["plain"] or whole["braced"])):
        return Path(value).expanduser().resolve()

    def expand(match: re.Match[str]) -> str:
        value = os.environ.get(match["plain"] or match["braced"]) or match["default"]
        if value is None:
            raise RecipeError(
                f"{file}: {field} is {text!r}, but {match.group(0)} is not set; "
                "set that environment variable or write the path itself"
            )
        return value

    expanded = Path(_VARIABLE.sub(expand, text)).expanduser()
    return (file.parent / expanded).resolve()


def robot_reference(file: Path, robot: str) -> str:
    """Robot name, or the absolute path of a robot outside `data/robots`."""
    return str(resolve_path(file, "robot", robot)) if "/" in robot or "$" in robot else robot


def robot_key(robot: str) -> str:
    """The robot's name, or that of its file or folder: `my_duck/robot.yaml` is `my_duck`."""
    path = Path(robot)
    if "/" not in robot:
        return robot
    return path.parent.name if path.stem == "robot" else path.stem

"""Errors that say where, what, expected, found, and what to do."""

import difflib
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from motionlib.showing import cut

MAX_MESSAGE = 4000
"""Characters of an error; whatever a file holds, no row and no line on a screen is longer."""
_MAX_NAME = 100
_MAX_CHOICES = 10_000


class MotionError(Exception):
    """Bad data or a bad file: what per-motion loops expect.

    Args:
        message: Where, what, expected, found, and what to do.
        gate: Under what a table counts it, such as `nan`; empty where the catcher says.
        frame: Of the source, where one frame is to blame.
    """

    def __init__(self, message: object = "", *, gate: str = "", frame: int | None = None) -> None:
        super().__init__(cut(str(message), MAX_MESSAGE))
        self.gate = gate
        self.frame = frame


class FormatError(MotionError):
    """A file does not hold what its format promises."""


class KindError(FormatError):
    """A file is of another kind altogether, or none that can be opened."""


class RobotError(MotionError):
    """A robot description is inconsistent, or data does not belong to the robot."""


class RobotChangedError(RobotError):
    """A robot's files are not what they were when it was read: no fault of any motion."""


class RegistryError(MotionError):
    """An artifact is missing, changed on disk, or cannot be published."""


def nearest_names(name: str, choices: Iterable[str], count: int = 3) -> str:
    """Sentence that offers the names nearest to a misspelt one.

    Args:
        name: What the user wrote.
        choices: What would have been valid.
        count: How many to offer.

    Returns:
        `"nearest: a, b"`, or `"choices: ..."` (at most ten) when nothing is near; `"there are none"`
        without a choice.
    """
    known = sorted(cut(choice, _MAX_NAME) for choice in islice(choices, _MAX_CHOICES))
    if not known:
        return "there are none"
    # the comparison takes time with the product of the lengths
    near = difflib.get_close_matches(name[:_MAX_NAME], known, n=count, cutoff=0.5)
    if near:
        return f"nearest: {', '.join(near)}"
    shown = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
    return f"choices: {shown}"


def repeated_names(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)

"""How a measure is declared and found."""

import re
from collections.abc import Callable

from training.envs.registry import Of, Registry, named

MEASURES = Registry("measure")
_LENGTH = re.compile(r"m(?P<power>[²³]?)(?:/.*)?")
_POWERS = {"": 1, "²": 2, "³": 3}


def measure(*, unit: str) -> Callable[[Of], Of]:
    """Declare a function of a moment with (E,) values as a measure, under its own name.

    Its docstring says what it is in its first line, and what it does not see. It is a pure
    function, differentiable wherever it is smooth, its gradient finite at zero error.

    Args:
        unit: As in "m", "m²/s²", "rad"; "1" for counts and shares.
    """

    def declare(function: Of) -> Of:
        MEASURES.add(named(function, unit=unit))
        return function

    return declare


def length_power(unit: str) -> int:
    """How often a unit counts metres, as by what a measure grows with the size of a robot."""
    found = _LENGTH.fullmatch(unit)
    return _POWERS[found["power"]] if found else 0

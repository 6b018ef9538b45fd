"""What people call a walking reference: its command in words, beside the numbers of its key."""

import math

from motionlib.errors import MotionError
from motionlib.walking.concatenation import command_from_name

_STANDING = 5e-5
"""Less of a speed rounds to zero in a key."""


def title_of_command(command: tuple[float, float, float]) -> str:
    """A command in words: `forward .06 m/s, turning left .4 rad/s`; `standing` where it asks nothing.

    Args:
        command: dx m/s forward, dy m/s to the left, dtheta rad/s to the left.
    """
    dx, dy, dtheta = command
    parts = (
        (dx, "forward", "backward", "m/s"),
        (dy, "left", "right", "m/s"),
        (dtheta, "turning left", "turning right", "rad/s"),
    )
    said = [
        f"{positive if value > 0 else negative} {_number(abs(value))} {unit}"
        for value, positive, negative, unit in parts
        if abs(value) >= _STANDING
    ]
    return ", ".join(said) or "standing"


def title_of_name(name: str) -> str:
    """The title of a motion whose key is `dx_dy_dtheta`; of any other its key."""
    try:
        command = command_from_name(name)
    except MotionError:
        return name
    return title_of_command(command) if all(map(math.isfinite, command)) else name


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return text.removeprefix("0") if text != "0" else text

"""What the name of one column of a robot trajectory says: quantity, axis, joint, unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Quantity = Literal["pos", "quat", "euler", "rotvec", "time", "frame", "fps", "other"]

DEGREE = 0.017453292519943295
UNITS: Mapping[str, float] = {
    **dict.fromkeys(("deg", "degs", "degree", "degrees", "°"), DEGREE),
    **dict.fromkeys(("rad", "rads", "radian", "radians"), 1.0),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 1.0),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "usec", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
}
"""What one of a unit is in m, rad or s."""
_NO_UNIT = ("", "-")
_SHORT = ("m", "s")
"""Units that a name's own words may look like: believed in brackets and at the end of a name."""

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|°")
_BRACKETS = re.compile(r"[\[({]([^\])}]*)[\])}]")
_JOINT_FILLERS = frozenset(
    ("joint", "joints", "dof", "dofs", "pos", "position", "angle", "angles", "q", "value", "state")
)
_ROOT = frozenset(
    (
        *("root", "base", "pelvis", "floating", "free", "freejoint", "freeflyer", "body", "link"),
        *("global", "world", "torso", "trunk", "robot", "pose", "odom", "transform"),
    )
)
_POSITIONS = frozenset(
    ("", "p", "t", "pos", "position", "trans", "translate", "translation", "xyz", "loc", "location")
)
_ROTATIONS = frozenset(
    ("q", "rot", "rotation", "quat", "quaternion", "orient", "orientation", "ori", "orn")
)
_EULER = {"roll": 0, "pitch": 1, "yaw": 2}
_EULER_WORDS = frozenset(("rotate", "euler", "eulerangle", "eulerangles", "roteuler", "rpy"))
_ROTVECS = frozenset(("rotvec", "rotationvector", "axisangle", "aa", "expmap"))
_RATES = frozenset(
    (
        *("vel", "vels", "velocity", "velocities", "speed", "acc", "accel", "acceleration"),
        *("qd", "dq", "qdot", "omega", "linvel", "angvel", "torque", "torques", "tau", "effort"),
        *("force", "contact", "contacts", "cmd", "action", "target"),
    )
)
_COUNTERS = frozenset(("frame", "frames", "index", "idx", "row", "step", "unnamed", "id", "number"))
_CLOCKS = frozenset(("time", "timestamp", "timestamps", "times", "t", "stamp", "clock"))
_SIDES = {"l": "left", "r": "right"}
_AXES = {"x": 0, "y": 1, "z": 2, "w": 3}
_MAX_NAME = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnName:
    """One name, understood as far as it can be without knowing the robot."""

    text: str
    joint_key: str
    """What is left of the name for a joint: its words without fillers and unit."""
    quantity: Quantity
    axis: int
    """x, y, z, w of a vector or quaternion; -1 where there is none."""
    numbered: bool
    """Whether the axis is a number, which leaves the order of a quaternion open."""
    unit: str
    """As `UNITS` writes it; empty where the name states none."""
    strange_unit: str
    """What stands in brackets and is no unit known here."""


def column_name(text: str) -> ColumnName:
    """Understand one name, such as `root_translateX`, `qw`, `dof_left_knee_joint(rad)`."""
    short = text[:_MAX_NAME]
    brackets = _BRACKETS.findall(short)
    strange = [inner for inner in brackets if _is_strange(inner)]
    about_units = bool(strange) or _stated(brackets) is not None
    plain = _BRACKETS.sub(" ", short) if about_units else short
    words = [word.lower() for word in _WORDS.findall(plain)]
    words, unit = _without_unit(words, _stated(brackets) or "")
    quantity, axis, numbered = _quantity(words)
    return ColumnName(
        text=text,
        joint_key=joint_key(words),
        quantity=quantity,
        axis=axis,
        numbered=numbered,
        unit=unit,
        strange_unit=strange[0] if strange else "",
    )


def joint_key(name: str | list[str]) -> str:
    """What two spellings of one joint have in common: `LeftKnee`, `left_knee_joint`, `L_knee`."""
    found = name if isinstance(name, list) else [word.lower() for word in _WORDS.findall(name)]
    return "".join(_SIDES.get(word, word) for word in found if word not in _JOINT_FILLERS)


def _stated(brackets: list[str]) -> str | None:
    """The unit that brackets state, empty for none; `None` where they state something else."""
    for inner in brackets:
        lower = inner.strip().lower()
        if lower in UNITS or lower in _NO_UNIT:
            return "" if lower in _NO_UNIT else lower
    return None


def _is_strange(inner: str) -> bool:
    lower = inner.strip().lower()
    known = lower in UNITS or lower in _NO_UNIT or lower in _AXES or lower.isdigit()
    return not known


def _without_unit(words: list[str], stated: str) -> tuple[list[str], str]:
    if stated:
        return words, stated
    long = [word for word in words if word in UNITS and word not in _SHORT]
    if long:
        return [word for word in words if word != long[-1]], long[-1]
    if len(words) > 1 and words[-1] in _SHORT:
        return words[:-1], words[-1]
    return words, ""


def _quantity(words: list[str]) -> tuple[Quantity, int, bool]:
    """Quantity and axis of a name that is no joint's."""
    if any(word in _RATES for word in words):
        return "other", -1, False
    if all(word in _COUNTERS or word.isdigit() for word in words):
        return "frame", -1, False
    if words[0] in _CLOCKS and all(word in _CLOCKS | _COUNTERS for word in words):
        return "time", -1, False
    if words in (["fps"], ["framerate"], ["frequency"]):
        return "fps", -1, False
    return _root_quantity([word for word in words if word not in _ROOT])


def _root_quantity(words: list[str]) -> tuple[Quantity, int, bool]:
    if words and words[-1] in _EULER and all(_is_angle(word) for word in words[:-1]):
        return "euler", _EULER[words[-1]], False
    kind, axis, numbered = _kind_and_axis(words)
    quantity: Quantity = "other"
    if axis < 0:
        return quantity, -1, False
    if kind in _EULER_WORDS:
        quantity = "euler"
    elif kind in _ROTVECS:
        quantity = "rotvec"
    elif kind in _ROTATIONS or (kind == "" and axis == _AXES["w"]):
        quantity = "quat"
    elif kind in _POSITIONS and axis < _AXES["w"]:
        quantity = "pos"
    return quantity, axis if quantity != "other" else -1, numbered


def _is_angle(word: str) -> bool:
    return word in _ROTATIONS or word in ("euler", "rpy", "angle")


def _kind_and_axis(words: list[str]) -> tuple[str, int, bool]:
    if not words:
        return "", -1, False
    last = words[-1]
    if last.isdigit():
        axis = int(last)
        return "".join(words[:-1]), axis if axis < len(_AXES) else -1, True
    if last in _AXES:
        return "".join(words[:-1]), _AXES[last], False
    head, tail = last[:-1], last[-1:]
    if tail in _AXES and (head in _POSITIONS or head in _ROTATIONS):
        return "".join((*words[:-1], head)), _AXES[tail], False
    return "", -1, False

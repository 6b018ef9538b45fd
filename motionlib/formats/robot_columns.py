"""Which columns of a table hold the root and each joint of a robot, found by their names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from motionlib.errors import FormatError, nearest_names
from motionlib.formats.column_names import (
    DEGREE,
    UNITS,
    ColumnName,
    Quantity,
    column_name,
    joint_key,
)
from motionlib.robot import Robot
from motionlib.showing import cut, listed

Rotation = Literal["wxyz", "open", "euler", "rotvec"]
"""`wxyz`: columns are given in that order. `open`: four columns, in whichever order."""

BONES_SEED_FPS = 120.0
"""Frames a second of BONES-SEED, whose files state none."""
_BONES_SEED = ("root_translatex", "root_translatey", "root_rotatex", "root_rotatey")
_XYZ, _XYZW = 3, 4
_NUMBER = re.compile(r"(\d{1,4})\D?$")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotColumns:
    """Columns of a table by what they hold, and what one of theirs is in m, rad, s."""

    pos: tuple[int, ...]
    """(3,)"""
    rotation: Rotation
    rotation_columns: tuple[int, ...]
    """(4,) of a quaternion, (3,) x y z of the others."""
    rotation_unit_stated: bool
    dofs: tuple[int, ...]
    """(D,) robot order."""
    scales: np.ndarray
    """(C,) factor of every column of the table."""
    time: int | None
    time_unit_stated: bool
    frame: int | None
    fps: int | None
    bones_seed: bool
    left_out: tuple[str, ...]
    """Names of columns that are nothing of the above."""


def positional_columns(robot: Robot, *, counter: Literal["", "time", "frame"] = "") -> RobotColumns:
    """Columns without names: position, quaternion, joints in the robot's order.

    Args:
        robot: Whose joints.
        counter: What stands in one column before them.
    """
    first = 1 if counter else 0
    start = first + _XYZ + _XYZW
    return RobotColumns(
        pos=tuple(range(first, first + _XYZ)),
        rotation="open",
        rotation_columns=tuple(range(first + _XYZ, start)),
        rotation_unit_stated=True,
        dofs=tuple(range(start, start + robot.num_dofs)),
        scales=np.ones(start + robot.num_dofs),
        time=0 if counter == "time" else None,
        time_unit_stated=False,
        frame=0 if counter == "frame" else None,
        fps=None,
        bones_seed=False,
        left_out=(),
    )


def named_columns(header: Sequence[str], robot: Robot, path: Path) -> RobotColumns:
    """Columns by their names; their order does not matter.

    Raises:
        FormatError: A joint or a part of the root without a column or with two, a unit that is not
            known; nearest names are offered.
    """
    names = [column_name(text) for text in header]
    dofs = _dofs(names, robot, path)
    rest = {at: name for at, name in enumerate(names) if at not in dofs}
    pos = _axes(rest, "pos", _XYZ, path)
    rotation, turning = _rotation(rest, path)
    if not pos or not turning:
        raise FormatError(
            f"{path}: the header names no {'position' if not pos else 'rotation'} of the root; "
            "expected columns such as root_pos_x, root_pos_y, root_pos_z and root_quat_w to "
            f"root_quat_z, found {listed([name.text for name in rest.values()])}"
        )
    used = (*pos, *turning, *dofs)
    bones_seed = {name.text.strip().lower() for name in names}.issuperset(_BONES_SEED)
    if rotation == "euler" and not bones_seed:
        _check_turns([names[at].text for at in turning], path)
    time, frame, fps = (_single(rest, kind, path) for kind in ("time", "frame", "fps"))
    taken = {*used, time, frame, fps}
    return RobotColumns(
        pos=pos,
        rotation=rotation,
        rotation_columns=turning,
        rotation_unit_stated=bones_seed or all(names[at].unit for at in turning),
        dofs=dofs,
        scales=_scales(names, used, time, path, bones=(pos, turning, dofs) if bones_seed else None),
        time=time,
        time_unit_stated=time is not None and bool(names[time].unit),
        frame=frame,
        fps=fps,
        bones_seed=bones_seed,
        left_out=tuple(cut(name.text) for at, name in rest.items() if at not in taken),
    )


def _dofs(names: Sequence[ColumnName], robot: Robot, path: Path) -> tuple[int, ...]:
    keys: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        keys.setdefault(name.joint_key, []).append(at)
    found = [_exactly(names, each) or keys.get(joint_key(each), []) for each in robot.dof_names]
    missing = [each for each, at in zip(robot.dof_names, found, strict=True) if not at]
    if len(missing) == robot.num_dofs and (numbered := _numbered(names, robot.num_dofs)):
        return numbered
    if missing:
        known = {at for each in found for at in each}
        others = [
            name.text
            for at, name in enumerate(names)
            if at not in known and name.quantity == "other" and name.text
        ]
        offered = nearest_names(missing[0], others) if others else "no column is left for it"
        raise FormatError(
            f"{path}: the header names no column for {len(missing)} of the {robot.num_dofs} joints "
            f"of {robot.name}: {listed(missing, 4)} ({offered}); name the columns as the robot's "
            "joints, or pass the robot that the file was made for"
        )
    twice = [at for at in found if len(at) > 1]
    if twice:
        both = listed([names[at].text for at in twice[0]], 3)
        raise FormatError(f"{path}: the header names one joint twice: {both}; rename one of them")
    return tuple(at[0] for at in found)


def _numbered(names: Sequence[ColumnName], count: int) -> tuple[int, ...]:
    """Columns of joints that are only numbered, such as `dof_pos[3]`; empty if there are none."""
    series: dict[str, dict[int, int]] = {}
    for at, name in enumerate(names):
        digits = _NUMBER.search(name.text)
        if digits and name.quantity == "other":
            series.setdefault(name.text[: digits.start()], {})[int(digits[1])] = at
    for found in series.values():
        numbers = sorted(found)
        if len(numbers) == count and numbers in (list(range(count)), list(range(1, count + 1))):
            return tuple(found[number] for number in numbers)
    return ()


def _exactly(names: Sequence[ColumnName], joint: str) -> list[int]:
    return [at for at, name in enumerate(names) if name.text.strip().lower() == joint.lower()]


def _axes(
    rest: dict[int, ColumnName], quantity: Quantity, count: int, path: Path
) -> tuple[int, ...]:
    """Columns of a vector by its axes; empty where there is none."""
    found = {at: name for at, name in rest.items() if name.quantity == quantity}
    if len(found) > count:  # other bodies have positions too: the root's are called so
        found = {at: name for at, name in found.items() if _is_root(name)} or found
    axes = sorted((name.axis, at) for at, name in found.items())
    if not axes:
        return ()
    if [axis for axis, _ in axes] != list(range(count)):
        raise FormatError(
            f"{path}: the header has {listed([name.text for name in found.values()], 8)} for the "
            f"root's {_SAID[quantity]}, expected one column each of {', '.join('xyzw'[:count])}"
        )
    return tuple(at for _, at in axes)


_TURNS = ("roll", "pitch", "yaw")
_SAID = {
    "pos": "position",
    "quat": "quaternion",
    "euler": "roll, pitch, yaw",
    "rotvec": "rotation vector",
}


def _is_root(name: ColumnName) -> bool:
    return name.text.lower().startswith(("root", "base"))


def _rotation(rest: dict[int, ColumnName], path: Path) -> tuple[Rotation, tuple[int, ...]]:
    quat = {at: name for at, name in rest.items() if name.quantity == "quat"}
    if quat:
        three = len(quat) == _XYZ and all(name.axis < _XYZ for name in quat.values())
        if three:
            raise FormatError(
                f"{path}: {listed([name.text for name in quat.values()])} may be roll, pitch, yaw "
                "or a rotation vector; name them roll_deg, pitch_deg, yaw_deg (or _rad; about fixed "
                "axes), or rotvec_x, rotvec_y, rotvec_z"
            )
        x, y, z, w = _axes(rest, "quat", _XYZW, path)
        if all(rest[at].numbered for at in (x, y, z, w)):
            return "open", (x, y, z, w)
        return "wxyz", (w, x, y, z)
    for kind in ("euler", "rotvec"):
        if axes := _axes(rest, kind, _XYZ, path):
            return kind, axes
    return "wxyz", ()


def _check_turns(names: Sequence[str], path: Path) -> None:
    """Refuse Euler angles whose order no convention of their names tells."""
    if not all(turn in name.lower() for turn, name in zip(_TURNS, names, strict=True)):
        raise FormatError(
            f"{path}: {listed(names)} do not say about which axes they turn in which order; name "
            "them roll_deg, pitch_deg, yaw_deg (or _rad) if they are about the world's fixed x, y, "
            "z, else write a quaternion"
        )


def _single(rest: dict[int, ColumnName], quantity: Quantity, path: Path) -> int | None:
    found = [at for at, name in rest.items() if name.quantity == quantity]
    if len(found) > 1 and quantity != "frame":
        both = listed([rest[at].text for at in found], 4)
        raise FormatError(f"{path}: the header has several columns of {quantity}: {both}; keep one")
    return found[0] if found else None


def _scales(
    names: Sequence[ColumnName],
    used: Sequence[int],
    time: int | None,
    path: Path,
    *,
    bones: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None,
) -> np.ndarray:
    for at in (*used, *(() if time is None else (time,))):
        if names[at].strange_unit:
            raise FormatError(
                f"{path}: column {cut(names[at].text)} is in {cut(names[at].strange_unit)!r}, "
                f"which is no unit known here; known: {', '.join(UNITS)}"
            )
    scales = np.array([UNITS.get(name.unit, 1.0) for name in names])
    if bones is not None:
        pos, turning, dofs = bones
        for columns, factor in ((pos, UNITS["cm"]), (turning, DEGREE), (dofs, DEGREE)):
            for at in columns:
                scales[at] = UNITS.get(names[at].unit, factor)
    return scales

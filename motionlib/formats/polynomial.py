"""Reference-motion pickles: walking cycles as polynomials of the phase, one for each command.

The layout is that of the MicroDuck and Open Duck families: a dict from `"dx_dy_dtheta"` to
coefficients in ascending powers of the phase in [0, 1]. With J joints the dimensions are J joint
positions, J joint velocities, 2 foot contacts, 3 base linear and 3 base angular velocities.
"""

import math
import pickle
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.bounds import MAX_NAME_CHARACTERS
from motionlib.containers.restricted_pickle import load_restricted_file
from motionlib.errors import FormatError, RobotError, nearest_names
from motionlib.files import sha256_of_bytes, write_bytes
from motionlib.formats.polynomial_entry import (
    coefficient_table,
    frame_offsets,
    positive_number,
)
from motionlib.robot import Robot
from motionlib.showing import shown

COEFFICIENTS = 16
"""Degree 15: what the family's readers expect; other numbers are read, this one is written."""

_OTHER_DIMENSIONS = 8  # two contacts, three linear and three angular base velocities
_MAX_MOTIONS = 100_000
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_KEY = re.compile(rf"({_NUMBER})_({_NUMBER})_({_NUMBER})")
_KEY_FORM = "expected 'dx_dy_dtheta' such as '0.1_0.0_-0.5' (m/s, m/s, rad/s)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolynomialMotion:
    """One walking cycle for one command; K coefficients in ascending powers of the phase."""

    name: str
    command: tuple[float, float, float]
    """dx m/s, dy m/s, dtheta rad/s, body frame."""
    period_s: float
    fps: float
    """Frame rate of the recording behind the fit; the polynomial itself is continuous."""
    dof_pos: np.ndarray
    """(D, K) rad, robot order."""
    dof_vel: np.ndarray
    """(D, K) rad/s, robot order; a fit of its own, not the slope of `dof_pos`."""
    foot_contact: np.ndarray
    """(2, K) left then right, about 0 in the air and 1 on the ground."""
    base_lin_vel: np.ndarray
    """(3, K) m/s, body frame; unreliable in files of the wild."""
    base_ang_vel: np.ndarray
    """(3, K) rad/s, body frame; unreliable in files of the wild."""
    dropped_dofs: tuple[str, ...] = ()
    """Joints of the file that the robot does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPolynomial:
    """One motion of a file that cannot be used."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolynomialFile:
    """What one file holds, sorted by command, and what of it was refused."""

    source: str
    """File name without its folder."""
    sha256: str
    motions: tuple[PolynomialMotion, ...]
    rejected: tuple[RejectedPolynomial, ...]

    def selected(self, names: Iterable[str]) -> tuple[PolynomialMotion, ...]:
        """The motions of these names, in this order.

        Raises:
            FormatError: A name is not among them; offers the nearest, or its reason if rejected.
        """
        known = {motion.name: motion for motion in self.motions}
        reasons = {entry.name: entry.reason for entry in self.rejected}
        wanted = list(names)
        for name in wanted:
            if name in reasons:
                raise FormatError(f"{self.source}: motion {name!r} was rejected: {reasons[name]}")
            if name not in known:
                raise FormatError(
                    f"{self.source}: no motion {name!r}; {nearest_names(name, known)}"
                )
        return tuple(known[name] for name in wanted)


def read_polynomials(path: Path, robot: Robot) -> PolynomialFile:
    """Read a reference-motion pickle for a robot.

    Joints are matched by `robot.polynomial_dof_names` (the file's order; the dof order if a robot
    states none); names that
    the robot lacks are dropped. One bad motion is rejected with its reason; the others are read.

    Raises:
        FormatError: Not such a file, or none of its motions can be used.
        RobotError: The order that the robot states lacks a dof or names one twice.
    """
    path = Path(path)
    columns, dropped = _columns(robot)
    table = load_restricted_file(path)
    if not isinstance(table, dict) or not table:
        raise FormatError(
            f"{path}: holds a {type(table).__name__}, expected a dict of motions by command; "
            "is this a reference_motions.pkl?"
        )
    if len(table) > _MAX_MOTIONS:
        raise FormatError(f"{path}: {len(table)} motions, expected at most {_MAX_MOTIONS}")
    motions: dict[tuple[float, float, float], PolynomialMotion] = {}
    rejected = []
    for key, entry in table.items():
        try:
            motion = _motion_from_entry(key, entry, columns, dropped)
            if motion.command in motions:
                raise FormatError(
                    f"the same command as {motions[motion.command].name!r}; keep one of the two"
                )
            motions[motion.command] = motion
        except FormatError as error:
            rejected.append(RejectedPolynomial(name=str(key)[:80], reason=str(error)))
    if not motions:
        raise FormatError(
            f"{path}: none of {len(table)} motions can be read for robot {robot.name}; "
            f"first reason: {rejected[0].name}: {rejected[0].reason}"
        )
    return PolynomialFile(
        source=path.name,
        sha256=sha256_of_bytes(path.read_bytes()),
        motions=tuple(motions[command] for command in sorted(motions)),
        rejected=tuple(sorted(rejected, key=lambda entry: entry.name)),
    )


def save_polynomials(path: Path, motions: Iterable[PolynomialMotion], robot: Robot) -> None:
    """Write a reference-motion pickle (protocol 4); equal motions give equal bytes.

    Coefficients are numpy arrays in float64, one for each dimension; joints that the reference
    order names and the robot lacks are written as zeros.

    Raises:
        FormatError: Two motions share a command.
        RobotError: See `read_polynomials`.
    """
    table: dict[str, dict[str, Any]] = {}
    for motion in sorted(motions, key=lambda motion: motion.command):
        key = command_key(motion.command)
        if key in table:
            raise FormatError(f"{path}: command {key} occurs twice; expected one motion each")
        table[key] = _entry_from_motion(motion, robot)
    write_bytes(Path(path), pickle.dumps(table, protocol=4))


def command_key(command: tuple[float, float, float]) -> str:
    """`"dx_dy_dtheta"`, rounded to 1e-4, without a minus before zero."""
    return "_".join(repr(round(float(value), 4) + 0.0) for value in command)


def command_from_key(key: str) -> tuple[float, float, float]:
    """dx, dy, dtheta of a file's key.

    Raises:
        FormatError: It is not of the form `dx_dy_dtheta`.
    """
    match = _KEY.fullmatch(key) if len(key) <= MAX_NAME_CHARACTERS else None
    if match is None:
        raise FormatError(f"the key is {shown(key)}, {_KEY_FORM}")
    dx, dy, dtheta = (float(part) + 0.0 for part in match.groups())
    if not all(math.isfinite(value) for value in (dx, dy, dtheta)):
        raise FormatError(f"the key is {shown(key)}, expected finite numbers")
    return dx, dy, dtheta


def _reference_dofs(robot: Robot) -> tuple[str, ...]:
    return robot.polynomial_dof_names or robot.dof_names


def _columns(robot: Robot) -> tuple[tuple[int, list[int]], tuple[str, ...]]:
    """Joint count of the file, its column of every robot dof, and the names that are dropped."""
    names = _reference_dofs(robot)
    missing = [name for name in robot.dof_names if name not in names]
    if missing or len(set(names)) != len(names):
        raise RobotError(
            f"robot {robot.name}: polynomial_dof_names lacks {missing or 'nothing'}, "
            f"has {len(names) - len(set(names))} duplicates; expected every dof once, "
            "in the order of its reference-motion files; mend its robot.yaml"
        )
    columns = [names.index(name) for name in robot.dof_names]
    return (len(names), columns), tuple(name for name in names if name not in robot.dof_names)


def _motion_from_entry(
    key: Any, entry: Any, columns: tuple[int, list[int]], dropped: tuple[str, ...]
) -> PolynomialMotion:
    if not isinstance(key, str):
        raise FormatError(f"the key is a {type(key).__name__}, {_KEY_FORM}")
    command = command_from_key(key)
    if not isinstance(entry, dict):
        raise FormatError(f"holds a {type(entry).__name__}, expected a dict with 'coefficients'")
    period_s = positive_number(entry, "period", 100.0)
    fps = positive_number(entry, "fps", 10_000.0)
    joints, dofs = columns
    table = coefficient_table(entry, 2 * joints + _OTHER_DIMENSIONS)
    other = table[2 * joints :]
    return PolynomialMotion(
        name=key,
        command=command,
        period_s=period_s,
        fps=fps,
        dof_pos=table[dofs],
        dof_vel=table[[joints + dof for dof in dofs]],
        foot_contact=other[0:2],
        base_lin_vel=other[2:5],
        base_ang_vel=other[5:8],
        dropped_dofs=dropped,
    )


def _entry_from_motion(motion: PolynomialMotion, robot: Robot) -> dict[str, Any]:
    (joints, dofs), _ = _columns(robot)
    count = motion.dof_pos.shape[1]
    table = np.zeros((2 * joints + _OTHER_DIMENSIONS, count))
    table[dofs] = motion.dof_pos
    table[[joints + dof for dof in dofs]] = motion.dof_vel
    table[2 * joints :] = np.concatenate(
        (motion.foot_contact, motion.base_lin_vel, motion.base_ang_vel)
    )
    return {
        "coefficients": {f"dim_{i}": row.copy() for i, row in enumerate(table)},
        "period": float(motion.period_s),
        "fps": round(motion.fps),
        "frame_offsets": frame_offsets(joints),
        "startend_double_support_ratio": 1.0,
        "start_offset": 0,
        "nb_steps_in_period": round(motion.period_s * motion.fps),
    }

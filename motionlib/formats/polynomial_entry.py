"""Fields of one entry of a reference-motion pickle: checked on reading, named on writing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from motionlib.errors import FormatError
from motionlib.showing import shown, shown_error

_MAX_COEFFICIENTS = 64


def positive_number(entry: Mapping[str, Any], field: str, upper: float) -> float:
    """A number in (0, upper].

    Raises:
        FormatError: Missing, no number, or outside.
    """
    if field not in entry:
        raise FormatError(f"{field!r} is missing; expected a positive number")
    value = entry[field]
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0.0 < value <= upper:
        raise FormatError(f"{field!r} is {shown(value, 40)}, expected a number in (0, {upper:g}]")
    return float(value)


def coefficient_table(entry: Mapping[str, Any], dimensions: int) -> np.ndarray:
    """Coefficients of an entry, (dimensions, K) float64.

    Raises:
        FormatError: Dimensions are missing or too many, of different lengths, or not finite.
    """
    coefficients = entry.get("coefficients")
    if not isinstance(coefficients, dict):
        raise FormatError("'coefficients' is missing or no dict; expected dim_0, dim_1, ...")
    expected = [f"dim_{i}" for i in range(dimensions)]
    if len(coefficients) != dimensions:
        raise FormatError(
            f"'coefficients' has {len(coefficients)} dimensions, expected {dimensions} "
            "(positions and velocities of the robot's reference joints, and 8 more); "
            "is the file of another robot?"
        )
    missing = [name for name in expected if name not in coefficients]
    if missing:
        raise FormatError(f"'coefficients' lacks {missing[0]} and has {dimensions} keys in all")
    rows = [_row(name, coefficients[name]) for name in expected]
    length = len(rows[0])
    for name, row in zip(expected, rows, strict=True):
        if len(row) != length:
            raise FormatError(f"{name} has {len(row)} coefficients, dim_0 has {length}")
    table = np.stack(rows)
    bad = ~np.isfinite(table).all(axis=1)
    if bad.any():
        raise FormatError(f"{expected[int(bad.argmax())]} holds NaN or infinity")
    return table


def _row(name: str, values: Any) -> np.ndarray:
    numbers = isinstance(values, np.ndarray) or (
        isinstance(values, list | tuple)
        and all(
            isinstance(value, int | float | np.number) and not isinstance(value, bool)
            for value in values
        )
    )
    if not numbers:
        raise FormatError(f"{name} is no list of numbers")
    try:
        row = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(f"{name} is no list of numbers: {shown_error(error)}") from error
    if row.ndim != 1 or not 1 <= row.size <= _MAX_COEFFICIENTS:
        raise FormatError(
            f"{name} has shape {row.shape}, expected 1 to {_MAX_COEFFICIENTS} coefficients"
        )
    return row


def frame_offsets(joints: int) -> dict[str, int]:
    """Offsets in the recorded frame that the family's fitting tool expects to be told."""
    widths = {
        "root_pos": 3,
        "root_quat": 4,
        "joints_pos": joints,
        "left_toe_pos": 3,
        "right_toe_pos": 3,
        "world_linear_vel": 3,
        "world_angular_vel": 3,
        "joints_vel": joints,
        "left_toe_vel": 3,
        "right_toe_vel": 3,
        "foot_contacts": 2,
    }
    offsets, start = {}, 0
    for name, width in widths.items():
        offsets[name] = start
        start += width
    return offsets

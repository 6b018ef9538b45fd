"""The one table of motion fields: axes, unit and frame; validation and documents come from it."""

from typing import NamedTuple

import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.showing import type_name

SCHEMA_VERSION = 1
"""Version of the files that this code writes."""

_NORM_TOLERANCE = 1e-3


class Field(NamedTuple):
    """What a field holds."""

    axes: str
    """One letter an axis: T frames, B bodies, D dofs, F feet; digits are fixed sizes."""
    unit: str
    frame: str
    unit_norm: bool = False
    """Whether the last axis is a unit quaternion."""


FIELDS: dict[str, Field] = {
    "root_pos": Field("T 3", "m", "world"),
    "root_quat_wxyz": Field("T 4", "1", "world", unit_norm=True),
    "dof_pos": Field("T D", "rad", "robot order"),
    "dof_vel": Field("T D", "rad/s", "robot order"),
    "body_pos": Field("T B 3", "m", "world, body origin"),
    "body_quat_wxyz": Field("T B 4", "1", "world", unit_norm=True),
    "body_lin_vel": Field("T B 3", "m/s", "world, body origin"),
    "body_ang_vel": Field("T B 3", "rad/s", "world"),
    "body_contact": Field("T B", "bool", "ground"),
    "foot_contact": Field("T F", "bool", "ground"),
}


def check_field(name: str, value: Tensor, sizes: dict[str, int], *, where: str) -> None:
    """Refuse a tensor that is not what `FIELDS` says.

    Args:
        name: Key of `FIELDS`.
        value: Tensor to check.
        sizes: Size of each named axis, by letter.
        where: File or clip, for the message.

    Raises:
        MotionError: Wrong shape or dtype, a value that is not finite (with its frame), or a
            quaternion that is not of unit norm (with its frame).
    """
    field = FIELDS[name]
    expected = tuple(int(a) if a.isdigit() else sizes[a] for a in field.axes.split())
    if tuple(value.shape) != expected:
        raise MotionError(
            f"{where}: {name} has shape {tuple(value.shape)}, "
            f"expected ({field.axes}) with {sizes}, that is {expected}"
        )
    found = type_name(value.dtype)
    if field.unit == "bool":
        if value.dtype != torch.bool:
            raise MotionError(f"{where}: {name} is of type {found}, expected true or false")
        return
    if not value.is_floating_point():
        raise MotionError(f"{where}: {name} is of type {found}, expected a float")
    _check_finite(name, value, where)
    if field.unit_norm:
        _check_unit_norm(name, value, where)


def _check_finite(name: str, value: Tensor, where: str) -> None:
    bad = ~torch.isfinite(value).flatten(1).all(1)
    if bad.any():
        frames = bad.nonzero().flatten()
        raise MotionError(
            f"{where}: {name} has NaN or infinity in {len(frames)} of {len(bad)} frames, "
            f"first in frame {int(frames[0])}; repair or cut these frames in the source"
        )


def _check_unit_norm(name: str, value: Tensor, where: str) -> None:
    error = (value.norm(dim=-1) - 1.0).abs().reshape(value.shape[0], -1).amax(1)
    worst = int(error.argmax())
    if float(error[worst]) > _NORM_TOLERANCE:
        raise MotionError(
            f"{where}: {name} in frame {worst} has norm off by {float(error[worst]):.3g}, "
            f"expected unit quaternions (wxyz)"
        )

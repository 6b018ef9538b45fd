"""Whether four columns of a robot trajectory are a quaternion, and in which order."""

from typing import Literal, get_args

from torch import Tensor

from motionlib.errors import FormatError
from motionlib.rotations import (
    quat_apply_inverse,
    quat_normalize,
    wxyz_from_xyzw,
    yaw_quat,
)

QuatOrder = Literal["wxyz", "xyzw"]
"""`wxyz`: Kimodo. `xyzw`: Unitree's LAFAN1 retargeting, mjlab's `csv_to_npz`."""

QUAT_ORDERS: tuple[str, ...] = get_args(QuatOrder)

_NORM_TOLERANCE = 0.01
_UPRIGHT = 0.7
"""Mean height of the root's z axis above which a reading is of an upright robot (45 degrees)."""
_NEAR_IDENTITY = 0.96
"""|w| of a rotation by 32 degrees."""
_BACKWARDS_M = 0.1
"""m travelled against the heading, summed over the clip, that counts as walking backwards."""


def unit_quats(quats: Tensor, where: str, remedy: str) -> Tensor:
    """(T, 4) quaternions, rounded ones made unit again.

    Raises:
        FormatError: One is not of unit norm; `where` says what they are, `remedy` what to do.
    """
    norms = quats.norm(dim=-1)
    worst = int((norms - 1.0).abs().argmax())
    if abs(float(norms[worst]) - 1.0) > _NORM_TOLERANCE:
        raise FormatError(
            f"{where} of frame {worst} have norm {float(norms[worst]):.3g}, "
            f"expected a unit quaternion; {remedy}"
        )
    return quat_normalize(quats)


def ordered_quats(
    root_pos: Tensor, quats: Tensor, asked: QuatOrder | None, where: str
) -> tuple[Tensor, str]:
    """The quaternions in wxyz, and a sentence about the order of the columns.

    Args:
        root_pos: (T, 3) m.
        quats: (T, 4) unit, as stored.
        asked: Their order; None detects it: of the two readings the one in which the robot stands
            upright or, if it does in both, starts near identity and does not walk backwards.
        where: File, for the message.

    Raises:
        FormatError: The order cannot be told.
    """
    if asked is not None and asked not in QUAT_ORDERS:
        raise ValueError(f"quat_order {asked!r}; choices: {', '.join(QUAT_ORDERS)}")
    order, how = (asked, "asked for") if asked else _detected_order(root_pos, quats, where)
    wxyz = quats if order == "wxyz" else wxyz_from_xyzw(quats)
    return wxyz, f"quaternion columns {order} ({how})"


def _detected_order(root_pos: Tensor, quats: Tensor, where: str) -> tuple[QuatOrder, str]:
    """Order of the columns and by what it was told."""
    readings: dict[QuatOrder, Tensor] = {"wxyz": quats, "xyzw": wxyz_from_xyzw(quats)}
    upright: list[QuatOrder] = [order for order, q in readings.items() if _mean_up(q) > _UPRIGHT]
    if len(upright) == 1:
        return upright[0], "upright in this reading only"
    forward: list[QuatOrder] = [
        order for order in upright if _starts_forward(root_pos, readings[order])
    ]
    if len(forward) == 1:
        return forward[0], "starts near identity in this reading only and does not walk backwards"
    raise FormatError(
        f"{where}: cannot tell the quaternion's order: the robot is upright in "
        f"{' and '.join(upright) or 'neither reading'}, and no one reading starts near identity "
        "without walking backwards; pass --quat-order wxyz or xyzw"
    )


def _mean_up(quats_wxyz: Tensor) -> float:
    """Mean world z of the root's z axis."""
    x, y = quats_wxyz[:, 1], quats_wxyz[:, 2]
    return float((1.0 - 2.0 * (x * x + y * y)).mean())


def _starts_forward(root_pos: Tensor, quats_wxyz: Tensor) -> bool:
    """Near identity in the first frame, and not travelling against its heading.

    A robot that faces backwards in one reading faces forwards in the other, so identity alone
    would misread a clip that starts facing backwards; its direction of travel gives it away.
    """
    ahead = quat_apply_inverse(yaw_quat(quats_wxyz[:-1]), root_pos.diff(dim=0))[:, 0]
    return bool(quats_wxyz[0, 0].abs() > _NEAR_IDENTITY) and float(ahead.sum()) > -_BACKWARDS_M

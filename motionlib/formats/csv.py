"""Robot trajectories as CSV: root position, root quaternion, joint angles, no header."""

import itertools
import math
from array import array
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from motionlib.containers.bounds import MAX_CSV_CELL_CHARACTERS, checked_size
from motionlib.errors import FormatError
from motionlib.files import sha256_of_file
from motionlib.formats.header import relative_name
from motionlib.grounding import shifted_to_floor
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.rotations import (
    quat_apply_inverse,
    quat_normalize,
    quat_unroll,
    wxyz_from_xyzw,
    yaw_quat,
)
from motionlib.showing import cut, shown

QuatOrder = Literal["wxyz", "xyzw"]
"""`wxyz`: Kimodo. `xyzw`: Unitree's LAFAN1 retargeting, mjlab's `csv_to_npz`."""

Floor = Literal["shift", "keep"]
"""`shift`: the whole clip is moved vertically until the lowest sole touches the ground. `keep`."""

QUAT_ORDERS: tuple[str, ...] = get_args(QuatOrder)

DEFAULT_FPS = 30.0

_ROOT_COLUMNS = 7
_NORM_TOLERANCE = 0.01
_UPRIGHT = 0.7
"""Mean height of the root's z axis above which a reading is of an upright robot (45 degrees)."""
_NEAR_IDENTITY = 0.96
"""|w| of a rotation by 32 degrees."""
_BACKWARDS_M = 0.1
"""m travelled against the heading, summed over the clip, that counts as walking backwards."""


def load_csv(
    path: Path,
    robot: Robot,
    *,
    fps: float = DEFAULT_FPS,
    quat_order: QuatOrder | None = None,
    floor: Floor = "shift",
    name: str = "",
) -> Motion:
    """Read one clip; no frame is moved against another.

    Columns: root x, y, z in m, root quaternion, joint angles in rad in the robot's order.

    Args:
        path: File without header.
        robot: Says how many joints there are.
        fps: Rate of the rows.
        quat_order: Of the quaternion's columns; None detects it: of the two readings the one in
            which the robot stands upright or, if it does in both, starts near identity and does
            not walk backwards; anything else is an error.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        name: Of the clip; the file's stem if empty.

    Raises:
        FormatError: A header, a column too many or too few, a value that is no finite number, a
            quaternion that is not of unit norm or whose order cannot be told.
    """
    path = Path(path)
    table = _read_table(path, _ROOT_COLUMNS + robot.num_dofs, robot.name)
    columns = torch.from_numpy(table)
    quats = _checked_quats(columns[:, 3:_ROOT_COLUMNS], path)
    stated, how = (
        (quat_order, "asked for") if quat_order else _detected_order(columns[:, :3], quats, path)
    )
    if stated not in QUAT_ORDERS:
        raise ValueError(f"quat_order {stated!r}; choices: {', '.join(QUAT_ORDERS)}")
    root_quat_wxyz = quats if stated == "wxyz" else wxyz_from_xyzw(quats)
    motion = Motion(
        name=name or path.stem,
        robot=robot,
        fps=float(fps),
        root_pos=columns[:, :3].float(),
        root_quat_wxyz=quat_unroll(root_quat_wxyz).float(),
        dof_pos=columns[:, _ROOT_COLUMNS:].float(),
        provenance=Provenance(
            source=relative_name(path),
            source_sha256=sha256_of_file(path),
            steps=(f"csv: {fps:g} fps, quaternion columns {stated} ({how})",),
        ),
    )
    return shifted_to_floor(motion) if floor == "shift" else motion


def _read_table(path: Path, columns: int, robot_name: str) -> np.ndarray:
    checked_size(path)
    numbers = array("d")
    longest = (columns + 1) * MAX_CSV_CELL_CHARACTERS
    try:
        with path.open(encoding="utf-8") as file:
            for line_number in itertools.count(1):
                line = file.readline(longest + 1)
                if not line:
                    break
                if line.strip():
                    place = (path, line_number)
                    numbers.extend(_row(line, place, columns, longest, robot_name))
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: not text ({error.reason}); expected a CSV") from error
    if not numbers:
        raise FormatError(f"{path}: no rows; expected one line for each frame")
    return np.array(numbers).reshape(-1, columns)


def _row(
    line: str, place: tuple[Path, int], columns: int, longest: int, robot_name: str
) -> list[float]:
    path, number = place
    found = line.count(",") + 1
    if found != columns or len(line) > longest:
        more = "or more columns" if len(line) > longest else "columns"
        raise FormatError(
            f"{path}: line {number} has {found} {more}, expected {columns} for "
            f"{robot_name}: position, quaternion, {columns - _ROOT_COLUMNS} joints"
        )
    return [_number(cell, path, number, at) for at, cell in enumerate(line.split(","), 1)]


def _number(cell: str, path: Path, line: int, column: int) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        hint = "remove the header" if line == 1 else "repair or cut this frame"
        raise FormatError(
            f"{path}: line {line}, column {column} is {shown(cell.strip())}, expected a number; {hint}"
        ) from error
    if not math.isfinite(value):
        raise FormatError(
            f"{path}: line {line}, column {column} is {cut(cell.strip())}, expected a finite number; "
            "repair or cut this frame"
        )
    return value


def _checked_quats(quats: Tensor, path: Path) -> Tensor:
    norms = quats.norm(dim=-1)
    worst = int((norms - 1.0).abs().argmax())
    if abs(float(norms[worst]) - 1.0) > _NORM_TOLERANCE:
        raise FormatError(
            f"{path}: columns 4 to 7 of frame {worst} have norm {float(norms[worst]):.3f}, "
            "expected a unit quaternion; Euler angles are not read"
        )
    return quat_normalize(quats)


def _detected_order(root_pos: Tensor, quats: Tensor, path: Path) -> tuple[QuatOrder, str]:
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
        f"{path}: cannot tell the quaternion's order: the robot is upright in "
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

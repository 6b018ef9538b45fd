"""Robot trajectories as CSV: root position, root rotation, joint angles, with or without names."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from motionlib.errors import FormatError
from motionlib.files import sha256_of_file
from motionlib.formats.csv_table import CsvTable, read_csv_table
from motionlib.formats.frame_times import check_counted, fps_from_times
from motionlib.formats.header import relative_name
from motionlib.formats.quat_order import QuatOrder, ordered_quats, unit_quats
from motionlib.formats.robot_columns import (
    BONES_SEED_FPS,
    RobotColumns,
    named_columns,
    positional_columns,
)
from motionlib.grounding import Floor
from motionlib.motion import Motion, Provenance
from motionlib.plausibility import plausible_on_floor
from motionlib.robot import Robot
from motionlib.rotations import quat_from_euler_xyz, quat_from_rotvec, quat_unroll
from motionlib.showing import listed

DEFAULT_FPS = 30.0

_ROOT_COLUMNS = 7
_SAME_RATE = 1e-3


class _Rate(NamedTuple):
    fps: float
    told_by: str


def load_csv(
    path: Path,
    robot: Robot,
    *,
    fps: float | None = None,
    quat_order: QuatOrder | None = None,
    floor: Floor = "shift",
    name: str = "",
    accept_implausible: bool = False,
) -> Motion:
    """Read one clip; no frame is moved against another.

    Where a header names the columns they are found by name: root position and rotation, the
    robot's joints, a time or a frame number, each in the unit that its name states, else m, rad
    and s. BONES-SEED's names mean cm and degrees. Without a header the columns are root x, y, z in
    m, root quaternion, joint angles in rad in the robot's order; a frame number or a time may
    stand before them.

    Args:
        path: Text; see `read_csv_table` for what may part its cells.
        robot: Says which joints there are.
        fps: Rate of the rows; None takes what the file states, else 30.
        quat_order: Of a quaternion whose columns have no names; see `ordered_quats`.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        name: Of the clip; the file's stem if empty.
        accept_implausible: Whether what is impossible is told in the provenance instead.

    Raises:
        FormatError: A column too many, too few or without a meaning, a value that is no finite
            number, a quaternion that is not of unit norm or whose order cannot be told, a unit or
            a rate that is not clear.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    path = Path(path)
    table = read_csv_table(path)
    columns = _columns(table, robot)
    values = table.values * columns.scales
    root_pos = torch.from_numpy(values[:, list(columns.pos)])
    root_quat_wxyz, said = _root_quats(values, columns, root_pos, quat_order, path)
    rate = _rate(table, columns, fps)
    steps = [f"csv: {rate.fps:g} fps ({rate.told_by}), {said}"]
    if columns.left_out:
        steps.append(f"columns left out: {listed(columns.left_out, 5)}")
    motion = Motion(
        name=name or path.stem,
        robot=robot,
        fps=rate.fps,
        root_pos=root_pos.float(),
        root_quat_wxyz=quat_unroll(root_quat_wxyz).float(),
        dof_pos=torch.from_numpy(values[:, list(columns.dofs)]).float(),
        provenance=Provenance(
            source=relative_name(path),
            source_sha256=sha256_of_file(path),
            steps=tuple(steps),
        ),
    )
    return plausible_on_floor(motion, str(path), floor=floor, accept=accept_implausible)


def _columns(table: CsvTable, robot: Robot) -> RobotColumns:
    if table.header and not all(not name or name.isdigit() for name in table.header):
        return named_columns(table.header, robot, table.path)
    found, expected = table.values.shape[1], _ROOT_COLUMNS + robot.num_dofs
    first = table.values[:, 0]
    rising = len(first) > 1 and bool((np.diff(first) > 0.0).all())
    if found == expected and rising and _is_bones_seed(table.values):
        raise FormatError(
            f"{table.path}: column 1 counts the frames and columns 4 to 7 are no quaternion: this "
            "looks like BONES-SEED (cm, degrees) without its first line; put its header back "
            "(Frame,root_translateX,...), by which it is read"
        )
    if found == expected + 1 and rising:
        return _after_counter(table, robot)
    if found != expected:
        raise FormatError(
            f"{table.path}: {found} columns, expected {expected} for {robot.name}: position, "
            f"quaternion, {robot.num_dofs} joints; pass the robot that the file was made for, or "
            "name the columns in a first line"
        )
    return positional_columns(robot)


def _is_bones_seed(values: np.ndarray) -> bool:
    counts = bool((np.diff(values[:, 0]) == 1.0).all())
    return counts and bool((np.abs(np.linalg.norm(values[:, 3:7], axis=1) - 1.0) > 0.01).any())


def _after_counter(table: CsvTable, robot: Robot) -> RobotColumns:
    """Columns without names behind a first one that rises: a frame number or a time."""
    counted = bool((np.diff(table.values[:, 0]) == 1.0).all())
    return positional_columns(robot, counter="frame" if counted else "time")


def _root_quats(
    values: np.ndarray,
    columns: RobotColumns,
    root_pos: Tensor,
    quat_order: QuatOrder | None,
    path: Path,
) -> tuple[Tensor, str]:
    turning = torch.from_numpy(values[:, list(columns.rotation_columns)])
    if columns.rotation in ("euler", "rotvec"):
        if not columns.rotation_unit_stated and float(turning.abs().max()) > 2.0 * torch.pi:
            raise FormatError(
                f"{path}: the root's rotation reaches {float(turning.abs().max()):.4g} and its "
                "columns state no unit; write it into their names, such as roll_deg, pitch_deg, "
                "yaw_deg"
            )
        if columns.rotation == "rotvec":
            return quat_from_rotvec(turning), "rotation vectors"
        how = "BONES-SEED: cm and degrees, " if columns.bones_seed else ""
        return quat_from_euler_xyz(*turning.unbind(-1)), f"{how}Euler angles about fixed x, y, z"
    numbers = ", ".join(str(at + 1) for at in columns.rotation_columns)
    quats = unit_quats(
        turning,
        f"{path}: columns {numbers}",
        "Euler angles are read where a header names them: roll_deg, pitch_deg, yaw_deg",
    )
    if columns.rotation == "wxyz":
        return quats, "quaternion columns by name"
    return ordered_quats(root_pos, quats, quat_order, str(path))


def _rate(table: CsvTable, columns: RobotColumns, asked: float | None) -> _Rate:
    stated = _stated_rate(table, columns)
    if stated is None:
        if asked is not None:
            return _Rate(float(asked), "asked for")
        if columns.bones_seed:
            counted = 1.0 if columns.frame is None else _step(table.values[:, columns.frame])
            fps = BONES_SEED_FPS / counted
            return _Rate(fps, "assumed, as BONES-SEED is recorded; --fps says otherwise")
        return _Rate(DEFAULT_FPS, "assumed; --fps says otherwise")
    if asked is not None and abs(asked - stated.fps) > _SAME_RATE * stated.fps:
        raise FormatError(
            f"{table.path}: {asked:g} frames a second are asked for, {stated.told_by} says "
            f"{stated.fps:g}; leave --fps out, or take the times out of the file"
        )
    return stated


def _step(counts: np.ndarray) -> float:
    """Recorded frames from one row to the next."""
    return max(1.0, float(counts[1] - counts[0])) if len(counts) > 1 else 1.0


def _stated_rate(table: CsvTable, columns: RobotColumns) -> _Rate | None:
    values, path = table.values, table.path
    if columns.frame is not None:
        check_counted(values[:, columns.frame], path)
    if columns.time is not None:
        scale = columns.scales[columns.time] if columns.time_unit_stated else 1.0
        fps, unit = fps_from_times(
            values[:, columns.time] * scale, path, in_seconds=columns.time_unit_stated
        )
        return _Rate(fps, "its time column" + ("" if columns.time_unit_stated else f" in {unit}"))
    if columns.fps is not None:
        rates = values[:, columns.fps]
        if not (rates == rates[0]).all() or not rates[0] > 0.0:
            raise FormatError(
                f"{path}: the fps column goes from {rates.min():g} to {rates.max():g}"
            )
        return _Rate(float(rates[0]), "its fps column")
    return None if table.fps is None else _Rate(table.fps, "a comment in it")

"""A robot's trajectory out of named or unnamed arrays of any foreign file, one way in for all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motionlib.errors import FormatError, RobotError, nearest_names
from motionlib.files import sha256_once
from motionlib.formats.body_order import pose_error, pose_tolerance
from motionlib.formats.column_names import joint_key
from motionlib.formats.header import relative_name
from motionlib.formats.quat_order import unit_quats
from motionlib.grounding import Floor
from motionlib.motion import Motion, Provenance
from motionlib.plausibility import plausible_on_floor
from motionlib.robot import Robot
from motionlib.rotations import quat_unroll
from motionlib.showing import cut, listed, shown, type_name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobotArrays:
    """One clip as a foreign file holds it, renamed and reordered; checked by `motion_of_arrays`."""

    format: str
    """What to call the file's format."""
    name: str
    fps: float | None
    """None where the file states none."""
    root_pos: np.ndarray
    """(T, 3) m."""
    root_quat_wxyz: np.ndarray
    """(T, 4)"""
    joints: np.ndarray
    """(T, J) rad."""
    joint_names: tuple[str, ...] = ()
    """(J,); empty where the joints are the robot's in its order."""
    joint_vel: np.ndarray | None = None
    """(T, J) rad/s."""
    body_names: tuple[str, ...] = ()
    body_pos: np.ndarray | None = None
    """(T, B, 3) m, world: the proof that joints and root are understood."""
    notes: tuple[str, ...] = field(default=())


def motion_of_arrays(
    arrays: RobotArrays,
    robot: Robot,
    path: Path,
    *,
    fps: float | None,
    floor: Floor,
    accept_implausible: bool = False,
) -> Motion:
    """The clip on our robot; joints are matched by name, in whatever spelling.

    Args:
        arrays: As they were read.
        robot: The robot that the file belongs to; its dofs are hinges.
        path: File, for messages and the provenance.
        fps: Rate where the file states none.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        accept_implausible: Whether what is impossible is told in the provenance instead.

    Raises:
        FormatError: Shapes, numbers that are not finite, quaternions that are not of unit norm, or
            no rate.
        RobotError: Joints that the robot lacks or has too many of, or bodies that do not lie where
            its kinematics puts them.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    if robot.dof_coordinates != "hinges":
        raise RobotError(
            f"{path}: holds joint angles of a robot ({arrays.format}), and {robot.name} is a "
            "humanoid of rotation vectors; pass the robot that the file was made for"
        )
    _check_shapes(arrays, path)
    rate = _rate(arrays, path, fps)
    columns, left_out = dof_columns(arrays.joint_names, arrays.joints.shape[1], robot, path)
    quats = unit_quats(_tensor(arrays.root_quat_wxyz), f"{path}: root rotations", _QUAT_REMEDY)
    step = f"{arrays.format}: {rate:g} fps"
    left = [f"joints left out: {listed(left_out, 5)}"] if left_out else []
    motion = Motion(
        name=arrays.name or path.stem,
        robot=robot,
        fps=rate,
        root_pos=_tensor(arrays.root_pos).float(),
        root_quat_wxyz=quat_unroll(quats).float(),
        dof_pos=_tensor(arrays.joints[:, columns]).float(),
        provenance=Provenance(
            source=relative_name(path),
            source_sha256=sha256_once(path),
            steps=(step, *arrays.notes, *left),
        ),
    )
    _check_bodies(arrays, motion, path)
    rates = None if arrays.joint_vel is None else _tensor(arrays.joint_vel[:, columns])
    return plausible_on_floor(
        motion, str(path), floor=floor, dof_vel=rates, accept=accept_implausible
    )


_QUAT_REMEDY = "write them again as quaternions"


def dof_columns(
    names: Sequence[str], width: int, robot: Robot, path: Path
) -> tuple[list[int], list[str]]:
    """The column of each dof of ours, and the names that are left over.

    Args:
        names: (J,) of the columns; empty for the robot's in its order.
        width: J.
        robot: Whose dofs.
        path: File, for messages.

    Raises:
        RobotError: A dof without a column; the nearest name is offered.
    """
    if not names:
        if width != robot.num_dofs:
            raise RobotError(
                f"{path}: has {width} joints and no names for them, {robot.name} has "
                f"{robot.num_dofs}; pass the robot that the file was made for, or name the joints"
            )
        return list(range(width)), []
    keys = {joint_key(name): at for at, name in enumerate(names)}
    missing = [name for name in robot.dof_names if joint_key(name) not in keys]
    if missing or len(keys) != len(names):
        raise RobotError(
            f"{path}: its joint names lack {listed(missing, 4) or 'none, but one is there twice'} "
            f"of {robot.name} ({nearest_names(missing[0] if missing else '', names)}); pass the "
            "robot that the file was made for"
        )
    columns = [keys[joint_key(name)] for name in robot.dof_names]
    return columns, [cut(name) for at, name in enumerate(names) if at not in columns]


def _check_shapes(arrays: RobotArrays, path: Path) -> None:
    frames, joints = len(arrays.root_pos), len(arrays.joint_names)
    expected: dict[str, tuple[int | None, ...]] = {
        "root_pos": (frames, 3),
        "root_quat_wxyz": (frames, 4),
        "joints": (frames, joints or None),
        "joint_vel": (frames, arrays.joints.shape[-1]),
        "body_pos": (frames, len(arrays.body_names), 3),
    }
    for name, axes in expected.items():
        value = getattr(arrays, name)
        if value is None:
            continue
        fits = value.ndim == len(axes) and all(
            wanted in (None, found) for wanted, found in zip(axes, value.shape, strict=True)
        )
        if not fits or value.dtype.kind not in "fiu" or not frames:
            raise FormatError(
                f"{path}: {name} ({arrays.format}) has shape {shown(value.shape)} and type "
                f"{type_name(value.dtype)}, expected {shown(axes)} numbers; write the file again"
            )
        if not np.isfinite(value).all():
            frame = int(np.argwhere(~np.isfinite(value))[0][0])
            raise FormatError(
                f"{path}: {name} ({arrays.format}) has NaN or infinity, first in frame {frame}; "
                "repair or cut these frames in the source"
            )


def _rate(arrays: RobotArrays, path: Path, asked: float | None) -> float:
    if arrays.fps is None and asked is None:
        raise FormatError(f"{path}: {arrays.format} states no rate; pass --fps")
    rate = float(arrays.fps if arrays.fps is not None else asked or 0.0)
    if not 0.0 < rate < float("inf"):
        raise FormatError(f"{path}: its rate is {rate:g}, expected a positive number of frames")
    return rate


def _check_bodies(arrays: RobotArrays, motion: Motion, path: Path) -> None:
    """Refuse stored bodies of ours that do not lie where kinematics puts them."""
    robot = motion.robot
    if arrays.body_pos is None:
        return
    ours = [robot.body_aliases.get(name, name) for name in arrays.body_names]
    known = [at for at, name in enumerate(ours) if name in robot.body_names]
    if not known:
        return
    error, body, frame = pose_error(
        robot,
        root_pos=motion.root_pos,
        root_quat_wxyz=motion.root_quat_wxyz,
        dof_pos=motion.dof_pos,
        body_pos=_tensor(arrays.body_pos[:, known]),
        bodies=[robot.body_names.index(ours[at]) for at in known],
    )
    if error > pose_tolerance(robot):
        raise RobotError(
            f"{path}: {body} in frame {frame} is {error:.3f} m from where {robot.name}'s kinematics "
            f"puts it (tolerance {pose_tolerance(robot):.3f} m); the file belongs to another robot, "
            "or its joints or quaternions are in another order than its names say"
        )


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64))

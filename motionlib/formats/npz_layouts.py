"""What the arrays of other projects' `.npz` of robots mean, a function for each layout.

Each is taken from the program that writes or reads it:

- holosoma: its conversion for MuJoCo; `joint_pos` is the whole `qpos` (position, wxyz, joints).
- loco-mujoco: its `Trajectory`, OmniRetarget: its data sets; `qpos` of MuJoCo, or of Drake, which
  puts the quaternion first. Columns after the joints are an object's.
- Isaac Lab: `MotionLoader` of `humanoid_amp`; quaternions wxyz, the root is the robot's root body.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from motionlib.errors import FormatError, RobotError, nearest_names
from motionlib.formats.npz_file import STATE_ARRAYS
from motionlib.formats.robot_arrays import RobotArrays
from motionlib.robot import Robot
from motionlib.showing import shown, type_name

Arrays = Mapping[str, np.ndarray]

_ROOT_COLUMNS = 7
_OBJECT_COLUMNS = 7
_UNIT = 0.01
_RATES = ("fps", "frequency", "framerate", "frame_rate", "mocap_framerate")
_ROOT_JOINTS = ("root", "floating_base_joint", "root_joint", "freejoint", "free_joint", "world")
MEMBERS = frozenset(
    (
        *(*_RATES, "dt", "joint_names", "body_names", "dof_names", "split_points", "qpos", "qvel"),
        *("dof_positions", "dof_velocities", "body_positions", "body_rotations", *STATE_ARRAYS),
    )
)
"""Names of the arrays that any layout looks at."""


def holds_qpos(arrays: Arrays, robot: Robot) -> bool:
    """Whether `joint_pos` begins with the root, or bodies stand there that are none of ours."""
    names, width = _names(arrays, "joint_names"), arrays["joint_pos"].shape[-1]
    if width == _ROOT_COLUMNS + (len(names) or robot.num_dofs):
        return True
    bodies = [robot.body_aliases.get(name, name) for name in _names(arrays, "body_names")]
    return bool(names) and bool(bodies) and bodies[0] == "world"


def holosoma_arrays(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
    """The clip of holosoma's file, or of whole_body_tracking's with bodies that we do not have.

    Raises:
        FormatError: Shapes, or a rate that is none.
        RobotError: The root body is not named.
    """
    names, bodies = _names(arrays, "joint_names"), _names(arrays, "body_names")
    joints = arrays["joint_pos"]
    count = len(names) or robot.num_dofs
    name = "whole_body_tracking" if joints.shape[-1] == count else "holosoma"
    if joints.ndim != 2 or joints.shape[1] not in (count, _ROOT_COLUMNS + count):
        raise FormatError(
            f"{path}: joint_pos has shape {shown(joints.shape)}, expected {count} joints (T, "
            f"{count}), or MuJoCo's qpos (T, {_ROOT_COLUMNS + count}) before them"
        )
    if name == "holosoma":
        pos, quats = joints[:, :3], joints[:, 3:_ROOT_COLUMNS]
    else:
        root = _body(bodies, robot, path)
        pos, quats = arrays["body_pos_w"][:, root], arrays["body_quat_w"][:, root]
    velocities = arrays["joint_vel"]
    return [
        RobotArrays(
            format=name,
            name=path.stem,
            fps=_rate(arrays, path),
            root_pos=pos,
            root_quat_wxyz=quats,
            joints=joints[:, -count:],
            joint_names=names,
            joint_vel=velocities[:, -count:] if velocities.shape[-1] >= count else None,
            body_names=bodies,
            body_pos=arrays["body_pos_w"] if bodies else None,
        )
    ]


def amp_arrays(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
    """The clip of a file for Isaac Lab's humanoid_amp.

    Raises:
        FormatError: A rate that is none.
        RobotError: The root body is not named.
    """
    bodies = _names(arrays, "body_names")
    root = _body(bodies, robot, path)
    return [
        RobotArrays(
            format="Isaac Lab's humanoid_amp",
            name=path.stem,
            fps=_rate(arrays, path),
            root_pos=arrays["body_positions"][:, root],
            root_quat_wxyz=arrays["body_rotations"][:, root],
            joints=arrays["dof_positions"],
            joint_names=_names(arrays, "dof_names"),
            joint_vel=arrays.get("dof_velocities"),
            body_names=bodies,
            body_pos=arrays["body_positions"],
        )
    ]


def qpos_arrays(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
    """The clips of a file of generalised positions.

    Raises:
        FormatError: Shapes, `split_points`, or a rate that is none.
    """
    qpos = arrays["qpos"]
    names = _hinges(_names(arrays, "joint_names"), qpos.shape[-1])
    count = len(names) or robot.num_dofs
    known = qpos.ndim == 2 and (qpos.shape[1] - _ROOT_COLUMNS - count) in (0, _OBJECT_COLUMNS)
    if not known or qpos.dtype.kind != "f":
        raise FormatError(
            f"{path}: qpos has shape {shown(qpos.shape)} and type "
            f"{type_name(qpos.dtype)}, expected (T, "
            f"{_ROOT_COLUMNS + count}) floats: position, quaternion, {count} joints; pass the robot "
            "that the file was made for"
        )
    objects = qpos.shape[1] > _ROOT_COLUMNS + count
    notes = ["last 7 columns of qpos, the pose of an object, left out"] if objects else []
    pos, quats = qpos[:, :3], qpos[:, 3:_ROOT_COLUMNS]
    if not _is_unit(quats) and _is_unit(qpos[:, :4]):
        pos, quats = qpos[:, 4:_ROOT_COLUMNS], qpos[:, :4]
        notes.append("qpos begins with the quaternion, as Drake's does")
    rates = arrays.get("qvel")
    velocities = None
    if rates is not None and rates.ndim == 2 and rates.shape[1] >= _ROOT_COLUMNS - 1 + count:
        velocities = rates[:, _ROOT_COLUMNS - 1 : _ROOT_COLUMNS - 1 + count]
    return [
        RobotArrays(
            format="qpos of " + ("loco-mujoco" if "frequency" in arrays else "MuJoCo"),
            name=path.stem if only else f"{path.stem}_{at}",
            fps=_rate(arrays, path),
            root_pos=pos[rows],
            root_quat_wxyz=quats[rows],
            joints=qpos[rows, _ROOT_COLUMNS : _ROOT_COLUMNS + count],
            joint_names=names,
            joint_vel=None if velocities is None else velocities[rows],
            notes=tuple(notes),
        )
        for at, rows, only in _split(arrays, len(qpos), path)
    ]


def joint_pos_arrays(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
    """The clips of a file whose `joint_pos` is all of `qpos`, and which holds no bodies.

    Raises:
        FormatError: Joints without a root; shapes, or a rate that is none.
    """
    names, joints = _names(arrays, "joint_names"), arrays["joint_pos"]
    if joints.ndim == 2 and joints.shape[1] == len(names):
        raise FormatError(
            f"{path}: holds {len(names)} joints and no root position and rotation, which no motion "
            "can do without; write root_pos, root_quat_wxyz, joint_pos, joint_names and fps"
        )
    return qpos_arrays({**arrays, "qpos": joints}, robot, path)


def _hinges(names: tuple[str, ...], width: int) -> tuple[str, ...]:
    """The joints without the free one of the root, which is called so or stands before the rest."""
    found = tuple(name for name in names if name not in _ROOT_JOINTS)
    spare = len(found) == len(names) and len(names) > 1 and width == _ROOT_COLUMNS + len(names) - 1
    return found[1:] if spare else found


def _split(arrays: Arrays, frames: int, path: Path) -> list[tuple[int, slice, bool]]:
    """Number and rows of each trajectory, and whether it is the only one."""
    points = arrays.get("split_points")
    if points is None or points.size < 2:
        return [(0, slice(0, frames), True)]
    starts = points.ravel().tolist()
    if starts[0] != 0 or starts[-1] != frames or (np.diff(starts) < 1).any():
        raise FormatError(
            f"{path}: split_points is {shown(starts[:20])}, expected rising frames from 0 to {frames}"
        )
    only = len(starts) == 2
    return [(at, slice(*starts[at : at + 2]), only) for at in range(len(starts) - 1)]


def _body(bodies: tuple[str, ...], robot: Robot, path: Path) -> int:
    ours = [robot.body_aliases.get(name, name) for name in bodies]
    if robot.body_names[0] not in ours:
        raise RobotError(
            f"{path}: body_names lack {robot.body_names[0]!r}, the root of {robot.name} "
            f"({nearest_names(robot.body_names[0], bodies)}); pass the robot that the file was made "
            "for"
        )
    return ours.index(robot.body_names[0])


def _rate(arrays: Arrays, path: Path) -> float | None:
    for key in (*_RATES, "dt"):
        if key in arrays:
            value = arrays[key].ravel()
            if value.size != 1 or value.dtype.kind not in "fiu" or not 0 < float(value[0]) < np.inf:
                raise FormatError(
                    f"{path}: {key} is {shown(value[:20].tolist())}, expected one positive number"
                )
            return 1.0 / float(value[0]) if key == "dt" else float(value[0])
    return None


def _names(arrays: Arrays, key: str) -> tuple[str, ...]:
    array = arrays.get(key)
    if array is None or array.dtype.kind not in "US":
        return ()
    texts = (
        each.decode("ascii", "replace") if isinstance(each, bytes) else each
        for each in array.ravel()
    )
    return tuple(str(each) for each in texts)


def _is_unit(quats: np.ndarray) -> bool:
    return bool((np.abs(np.linalg.norm(quats, axis=-1) - 1.0) < _UNIT).all())

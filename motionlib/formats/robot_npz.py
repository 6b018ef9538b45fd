"""Robots' trajectories in `.npz` files of other projects, told apart by the arrays that they hold.

What each format means by its arrays is taken from the program that writes or reads it:

- BeyondMimic: whole_body_tracking's `csv_to_npz`, mjlab's; see `beyondmimic.py`.
- holosoma: its `convert_data_format_mj`: `joint_pos` is MuJoCo's whole `qpos` (position, wxyz, joints).
- loco-mujoco: its `Trajectory`, OmniRetarget: its data sets; `qpos` of MuJoCo, or of Drake, which
  puts the quaternion first. Columns after the joints are an object's.
- Isaac Lab: `MotionLoader` of `humanoid_amp`; the root is the robot's root body; quaternions wxyz,
  since Isaac Lab 3 xyzw, which the bodies' positions tell.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from motionlib.containers.array_zip import array_headers, read_arrays
from motionlib.errors import FormatError, RobotError, nearest_names
from motionlib.formats.beyondmimic import load_npz
from motionlib.formats.npz_file import STATE_ARRAYS, read_npz
from motionlib.formats.npz_robot import match_robot
from motionlib.formats.robot_arrays import RobotArrays, motion_of_arrays
from motionlib.grounding import Floor, shifted_to_floor
from motionlib.motion import Motion
from motionlib.plausibility import plausible
from motionlib.robot import Robot
from motionlib.showing import listed, shown

Arrays = Mapping[str, np.ndarray]

_ROOT_COLUMNS = 7
_OBJECT_COLUMNS = 7
_UNIT = 0.01
_RATES = ("fps", "frequency", "framerate", "frame_rate", "mocap_framerate")
_ROOT_JOINTS = ("root", "floating_base_joint", "root_joint", "freejoint", "free_joint", "world")


def is_robot_npz(path: Path) -> bool:
    """Whether a `.npz` has the arrays of a robot's trajectory, by its headers alone.

    Raises:
        FormatError: It cannot be opened.
    """
    return _format(set(array_headers(path))) is not None


def load_robot_npz(
    path: Path, robot: Robot, *, fps: float | None = None, floor: Floor = "shift"
) -> list[Motion]:
    """Read the clips of a robot's `.npz` of any known layout.

    Args:
        path: See the module for the formats.
        robot: The robot that the file belongs to.
        fps: Rate where the file states none.
        floor: What to do about soles that sink into the ground or hover above it.

    Raises:
        FormatError: No known layout, shapes, NaN, quaternions, no rate.
        RobotError: Another robot's, or bodies that do not lie where kinematics puts them.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    path = Path(path)
    headers = array_headers(path)
    name = _format(set(headers))
    if name is None:
        raise FormatError(
            f"{path}: holds {listed(sorted(headers))}, which is no layout of a robot's motion known "
            f"here; known: {'; '.join(_LAYOUTS)}. Write root position, quaternion and joints as "
            ".csv with a header instead"
        )
    plain = [each for each, header in headers.items() if not header.dtype.hasobject]
    wanted = [each for each in plain if each in _READ]
    if name == _BEYONDMIMIC and not _holds_qpos(read_arrays(path, wanted), robot):
        return _beyondmimic(path, robot, floor)
    clips = _READERS[name](read_arrays(path, wanted), robot, path)
    return [_proved(clip, robot, path, fps=fps, floor=floor) for clip in clips]


def _beyondmimic(path: Path, robot: Robot, floor: Floor) -> list[Motion]:
    file, rates = read_npz(path), None
    if robot.dof_coordinates == "hinges":
        _, columns, _ = match_robot(file, robot, None)
        rates = torch.from_numpy(file.arrays["joint_vel"][:, columns])
    motions = []
    for motion, (start, stop) in zip(
        load_npz(path, robot), pairwise(file.clip_starts), strict=True
    ):
        found = plausible(
            motion,
            str(path),
            dof_vel=None if rates is None else rates[start:stop],
            ground=floor == "keep",
        )
        motions.append(shifted_to_floor(found) if floor == "shift" else found)
    return motions


def _proved(
    clip: RobotArrays, robot: Robot, path: Path, *, fps: float | None, floor: Floor
) -> Motion:
    """The clip; with quaternions read as xyzw if only so its bodies lie where they belong."""
    try:
        return motion_of_arrays(clip, robot, path, fps=fps, floor=floor)
    except RobotError:
        if clip.body_pos is None:
            raise
        note = "root quaternions are xyzw, as its bodies prove"
        quats = np.roll(clip.root_quat_wxyz, 1, axis=-1)
        other = replace(clip, root_quat_wxyz=quats, notes=(*clip.notes, note))
        with suppress(RobotError):
            return motion_of_arrays(other, robot, path, fps=fps, floor=floor)
        raise


def _format(keys: set[str]) -> str | None:
    return next((name for name, needed in _LAYOUTS.items() if keys.issuperset(needed)), None)


def _holds_qpos(arrays: Arrays, robot: Robot) -> bool:
    """Whether `joint_pos` begins with the root, or bodies stand there that are none of ours."""
    names, width = _names(arrays, "joint_names"), arrays["joint_pos"].shape[-1]
    if width == _ROOT_COLUMNS + (len(names) or robot.num_dofs):
        return True
    bodies = [robot.body_aliases.get(name, name) for name in _names(arrays, "body_names")]
    return bool(names) and bool(bodies) and bodies[0] == "world"


def _holosoma(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
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


def _amp(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
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


def _qpos(arrays: Arrays, robot: Robot, path: Path) -> list[RobotArrays]:
    qpos = arrays["qpos"]
    names = _hinges(_names(arrays, "joint_names"), qpos.shape[-1])
    count = len(names) or robot.num_dofs
    known = qpos.ndim == 2 and (qpos.shape[1] - _ROOT_COLUMNS - count) in (0, _OBJECT_COLUMNS)
    if not known or qpos.dtype.kind != "f":
        raise FormatError(
            f"{path}: qpos has shape {shown(qpos.shape)} and dtype {qpos.dtype}, expected (T, "
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


_BEYONDMIMIC = "BeyondMimic (body_pos_w, joint_pos, ...), also holosoma's"
_AMP = "Isaac Lab's humanoid_amp (dof_positions, body_positions, ...)"
_QPOS = "qpos of MuJoCo, loco-mujoco, OmniRetarget (qpos, fps)"
_LAYOUTS: Mapping[str, tuple[str, ...]] = {
    _BEYONDMIMIC: tuple(STATE_ARRAYS),
    _AMP: ("dof_positions", "body_positions", "body_rotations", "body_names"),
    _QPOS: ("qpos",),
}
_READERS: Mapping[str, Callable[[Arrays, Robot, Path], list[RobotArrays]]] = {
    _BEYONDMIMIC: _holosoma,
    _AMP: _amp,
    _QPOS: _qpos,
}
_READ = frozenset(
    (
        *(*_RATES, "dt", "joint_names", "body_names", "dof_names", "split_points", "qpos", "qvel"),
        *("dof_positions", "dof_velocities", "body_positions", "body_rotations", *STATE_ARRAYS),
    )
)

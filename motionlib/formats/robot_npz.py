"""Robots' trajectories in `.npz` files of other projects, told apart by the arrays that they hold.

BeyondMimic's are read by `beyondmimic.py`, the others by `npz_layouts.py`, which says what each means.
"""

import functools
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from motionlib.containers.array_zip import array_headers, read_arrays
from motionlib.errors import FormatError, RobotError
from motionlib.formats.beyondmimic import load_npz
from motionlib.formats.npz_file import STATE_ARRAYS, read_npz
from motionlib.formats.npz_layouts import (
    MEMBERS,
    Arrays,
    amp_arrays,
    holds_qpos,
    holosoma_arrays,
    joint_pos_arrays,
    qpos_arrays,
)
from motionlib.formats.npz_robot import match_robot
from motionlib.formats.quat_order import QuatOrder
from motionlib.formats.robot_arrays import RobotArrays, motion_of_arrays
from motionlib.formats.robot_clip import CLIP_KEYS, clip_arrays, is_robot_clip
from motionlib.grounding import Floor
from motionlib.motion import Motion
from motionlib.plausibility import plausible_on_floor
from motionlib.robot import Robot
from motionlib.showing import listed


def is_robot_npz(path: Path) -> bool:
    """Whether a `.npz` has the arrays of a robot's trajectory, by its headers alone.

    Raises:
        FormatError: It cannot be opened.
    """
    return robot_layout(set(array_headers(path))) is not None


def load_robot_npz(
    path: Path,
    robot: Robot,
    *,
    fps: float | None = None,
    quat_order: QuatOrder | None = None,
    floor: Floor = "shift",
    accept_implausible: bool = False,
) -> list[Motion]:
    """Read the clips of a robot's `.npz` of any known layout.

    Args:
        path: See the module for the formats.
        robot: The robot that the file belongs to.
        fps: Rate where the file states none.
        quat_order: Of the root where neither the layout nor its name says it; told by its numbers
            if None.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        accept_implausible: Whether what is impossible is told in the provenance instead.

    Raises:
        FormatError: No known layout, shapes, NaN, quaternions, no rate.
        RobotError: Another robot's, or bodies that do not lie where kinematics puts them.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    path = Path(path)
    headers = array_headers(path)
    name = robot_layout(set(headers))
    if name is None:
        raise FormatError(
            f"{path}: holds {listed(sorted(headers))}, which is no layout of a robot's motion known "
            f"here; known: {'; '.join((*_LAYOUTS, _NAMED))}. Write root position, quaternion and "
            "joints as .csv with a header instead"
        )
    plain = [each for each, header in headers.items() if not header.dtype.hasobject]
    wanted = [each for each in plain if each in MEMBERS or each in CLIP_KEYS]
    if name != _BEYONDMIMIC and robot.dof_coordinates != "hinges":
        raise RobotError(
            f"{path}: holds a robot's motion ({name}), and {robot.name} is a humanoid of rotation "
            "vectors; pass the robot that the file was made for"
        )
    made = functools.partial(
        motion_of_arrays, fps=fps, floor=floor, accept_implausible=accept_implausible
    )
    if name == _NAMED:
        arrays = read_arrays(path, wanted)
        named = clip_arrays(arrays, path.stem, robot, path, kind="npz", order=quat_order)
        return [_proved(named, robot, path, made)]
    if name == _BEYONDMIMIC and not holds_qpos(read_arrays(path, wanted), robot):
        return _beyondmimic(path, robot, floor, accept=accept_implausible)
    clips = _READERS[name](read_arrays(path, wanted), robot, path)
    return [_proved(clip, robot, path, made) for clip in clips]


def _beyondmimic(path: Path, robot: Robot, floor: Floor, *, accept: bool) -> list[Motion]:
    file, rates = read_npz(path), None
    if robot.dof_coordinates == "hinges":
        _, columns, _ = match_robot(file, robot, None)
        rates = torch.from_numpy(file.arrays["joint_vel"][:, columns])
    motions = []
    for motion, (start, stop) in zip(
        load_npz(path, robot), pairwise(file.clip_starts), strict=True
    ):
        dof_vel = None if rates is None else rates[start:stop]
        motions.append(
            plausible_on_floor(motion, str(path), floor=floor, dof_vel=dof_vel, accept=accept)
        )
    return motions


def _proved(
    clip: RobotArrays, robot: Robot, path: Path, made: Callable[[RobotArrays, Robot, Path], Motion]
) -> Motion:
    """The clip; with quaternions read as xyzw if only so its bodies lie where they belong."""
    try:
        return made(clip, robot, path)
    except RobotError:
        if clip.body_pos is None:
            raise
        note = "root quaternions are xyzw, as its bodies prove"
        quats = np.roll(clip.root_quat_wxyz, 1, axis=-1)
        other = replace(clip, root_quat_wxyz=quats, notes=(*clip.notes, note))
        with suppress(RobotError):
            return made(other, robot, path)
        raise


def robot_layout(keys: set[str]) -> str | None:
    """What the arrays of these names are, for people; None where they are no robot's motion."""
    known = next((name for name, needed in _LAYOUTS.items() if keys.issuperset(needed)), None)
    if known in (None, _JOINT_POS) and is_robot_clip(dict.fromkeys(keys)):
        return _NAMED
    return known


_BEYONDMIMIC = "BeyondMimic (body_pos_w, joint_pos, ...), also holosoma's"
_AMP = "Isaac Lab's humanoid_amp (dof_positions, body_positions, ...)"
_QPOS = "qpos of MuJoCo, loco-mujoco, OmniRetarget (qpos, fps)"
_NAMED = "root and joints by name (root_pos, root_rot, dof_pos, fps)"
_JOINT_POS = "qpos of MuJoCo as holosoma's joint_pos (joint_pos, joint_names, fps)"
_LAYOUTS: Mapping[str, tuple[str, ...]] = {
    _BEYONDMIMIC: tuple(STATE_ARRAYS),
    _AMP: ("dof_positions", "body_positions", "body_rotations", "body_names"),
    _QPOS: ("qpos",),
    _JOINT_POS: ("joint_pos", "joint_names"),
}
_READERS: Mapping[str, Callable[[Arrays, Robot, Path], list[RobotArrays]]] = {
    _BEYONDMIMIC: holosoma_arrays,
    _AMP: amp_arrays,
    _QPOS: qpos_arrays,
    _JOINT_POS: joint_pos_arrays,
}

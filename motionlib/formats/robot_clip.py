"""A robot's clip as a dict of named arrays, of whatever container: pickles, torch files, `.npz`.

Names are those of GMR, ASAP, PHC, MimicKit and of people's own scripts; their programs write the
root as xyzw.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motionlib.errors import FormatError, RobotError
from motionlib.formats.quat_order import QuatOrder, ordered_quats
from motionlib.formats.robot_arrays import RobotArrays
from motionlib.robot import Robot
from motionlib.rotations import quat_from_rotvec
from motionlib.showing import cut, listed, shown

_POSITIONS = (
    *("root_pos", "root_trans_offset", "root_trans", "root_translation", "root_position", "trans"),
    *("root_pos_w", "base_pos", "base_position", "base_pos_w"),
)
_ROTATIONS = tuple(
    f"{key}{order}"
    for order in ("", "_xyzw", "_wxyz")
    for key in (
        *("root_rot", "root_quat", "root_quaternion", "root_rotation", "root_orientation"),
        *("root_quat_w", "base_quat", "base_rot", "base_quaternion", "base_orientation"),
    )
)
_JOINTS = (
    *("dof_pos", "dof", "dofs", "dof_positions", "joint_pos", "joint_positions", "joint_angles"),
    *("joint_position", "dof_position"),
)
_JOINT_NAMES = ("dof_names", "joint_names", "joints_list")
_RATES = (
    *("fps", "mocap_framerate", "mocap_frame_rate", "frequency", "frame_rate", "framerate"),
    *("motion_fps", "frame_duration", "dt"),
)
_SECONDS = ("frame_duration", "dt")
"""Which of them are s a frame."""
CLIP_KEYS = frozenset((*_POSITIONS, *_ROTATIONS, *_JOINTS, *_JOINT_NAMES, *_RATES))
"""Names of arrays that are looked at."""
_AXES_ALIKE = 1e-3
_UPRIGHT = 0.7
"""Height of the root's z axis that says which way up a robot is."""
_FREE_JOINT = 6
_WELDED = "wrist"
"""What the joints are called that models of 23 of the G1's 29 joints weld."""

Clip = Mapping[str, Any]


def is_robot_clip(held: Any) -> bool:
    """Whether a dict has root position, root rotation and joints, or MimicKit's frames."""
    if not isinstance(held, Mapping):
        return False
    named = all(any(key in held for key in keys) for keys in (_POSITIONS, _ROTATIONS, _JOINTS))
    return named or ("frames" in held and "fps" in held)


def clip_size(clip: Clip) -> tuple[int, int, float | None]:
    """Frames, joints and rate of a clip, for people; the rate is None where it states none.

    Raises:
        FormatError: No arrays of numbers.
    """
    joints = _numbers(clip, ("frames",) if _is_mimickit(clip) else _JOINTS, "clip")
    if joints.ndim < 2:
        raise FormatError(f"joints have shape {shown(joints.shape)}, expected (T, joints)")
    spare = _FREE_JOINT if _is_mimickit(clip) else 0
    return joints.shape[0], joints.shape[1] - spare, _rate(clip, "clip")


def clip_format(clip: Clip) -> str:
    """Whose names a clip has."""
    if _is_mimickit(clip):
        return "MimicKit"
    if "root_trans_offset" in clip:
        return "ASAP or PHC"
    return "GMR" if {"root_pos", "root_rot", "dof_pos"} <= set(clip) else "named arrays"


def clip_arrays(
    clip: Clip,
    name: str,
    robot: Robot,
    path: Path,
    *,
    kind: str,
    order: QuatOrder | None,
    usual: QuatOrder | None = None,
) -> RobotArrays:
    """The clip, renamed and reordered.

    Args:
        clip: See `is_robot_clip`.
        name: What to call it.
        robot: The robot that it belongs to.
        path: File, for messages.
        kind: What contains it, for the provenance.
        order: Of the root's quaternion; what its name says, else `usual`, if None.
        usual: Its order in such files; what its numbers tell if None.

    Raises:
        FormatError: No numbers, or an order that cannot be told.
        RobotError: Another robot's.
    """
    where = f"{path}: {cut(name)}"
    if _is_mimickit(clip):
        return _mimickit(clip, name, robot, where)
    joints = _numbers(clip, _JOINTS, where)
    if joints.ndim == 3 and joints.shape[2] == 1:
        joints = joints[..., 0]  # PHC keeps an axis for the one angle of a hinge
    names = _texts(next((clip[key] for key in _JOINT_NAMES if key in clip), None))
    notes: tuple[str, ...] = ()
    if not names and joints.ndim == 2 and joints.shape[1] != robot.num_dofs:
        joints, notes = _without_welded(joints, clip, robot, where)
    position = _numbers(clip, _POSITIONS, where)
    quats, told = _root_quats(clip, position, (order, usual), where)
    return RobotArrays(
        format=f"{kind} of {clip_format(clip)}, root {told}",
        name=name,
        fps=_rate(clip, where),
        root_pos=position,
        root_quat_wxyz=quats,
        joints=joints,
        joint_names=names,
        notes=notes,
    )


def _is_mimickit(clip: Clip) -> bool:
    return "frames" in clip and not any(key in clip for key in _JOINTS)


def _root_quats(
    clip: Clip,
    position: np.ndarray,
    orders: tuple[QuatOrder | None, QuatOrder | None],
    where: str,
) -> tuple[np.ndarray, str]:
    """The root's quaternions as wxyz, and their order in the file."""
    key = next(key for key in _ROTATIONS if key in clip)
    quats = _numbers(clip, (key,), where)
    named = next((each for each in ("wxyz", "xyzw") if key.endswith(each)), None)
    known = orders[0] or named
    if known is None and orders[1] is not None:
        known = _contradicted(quats, orders[1])
    if known is not None:
        return quats if known == "wxyz" else np.roll(quats, 1, axis=-1), known
    fits = quats.ndim == 2 and quats.shape[1] == 4 and position.shape == (len(quats), 3)
    if not fits or not np.isfinite(quats).all() or not np.isfinite(position).all():
        return quats, "in an order that cannot be told"  # the shapes are refused for what they are
    norms = np.linalg.norm(quats, axis=-1, keepdims=True)
    unit = torch.from_numpy(quats / np.where(norms > 0.0, norms, 1.0))
    found, told = ordered_quats(torch.from_numpy(position), unit, None, where)
    return found.numpy() * norms, told.removeprefix("quaternion columns ")


def _contradicted(quats: np.ndarray, usual: QuatOrder) -> QuatOrder:
    """The usual order, or the other one if only there the robot is not upside down all the time."""
    if quats.ndim != 2 or quats.shape[1] != 4:
        return usual
    wxyz = {"wxyz": quats, "xyzw": np.roll(quats, 1, axis=-1)}
    up = {o: float(np.median(1.0 - 2.0 * (q[:, 1:3] ** 2).sum(-1))) for o, q in wxyz.items()}
    other: QuatOrder = "wxyz" if usual == "xyzw" else "xyzw"
    return other if up[usual] < -_UPRIGHT and up[other] > _UPRIGHT else usual


def _mimickit(clip: Mapping[str, Any], name: str, robot: Robot, where: str) -> RobotArrays:
    frames = _numbers(clip, ("frames",), where)
    if frames.ndim != 2 or frames.shape[1] != _FREE_JOINT + robot.num_dofs:
        raise RobotError(
            f"{where}: MimicKit's frames have shape {shown(frames.shape)}, expected (T, "
            f"{_FREE_JOINT + robot.num_dofs}) for {robot.name}: position, rotation vector, "
            f"{robot.num_dofs} joints; pass the robot that the file was made for"
        )
    return RobotArrays(
        format="pickle of MimicKit",
        name=name,
        fps=_rate(clip, where),
        root_pos=frames[:, :3],
        root_quat_wxyz=quat_from_rotvec(torch.from_numpy(frames[:, 3:_FREE_JOINT].copy())).numpy(),
        joints=frames[:, _FREE_JOINT:],
    )


def _without_welded(
    joints: np.ndarray, clip: Mapping[str, Any], robot: Robot, where: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """All of the robot's joints where a file has all but its wrists, and proves it by its axes."""
    kept = [at for at, name in enumerate(robot.dof_names) if _WELDED not in name.lower()]
    turns = np.asarray(clip.get("pose_aa", ()))
    told = turns.ndim == 3 and turns.shape[::2] == (len(joints), 3) and turns.dtype.kind == "f"
    if joints.shape[1] != len(kept) or not told or turns.shape[1] <= len(kept):
        return joints, ()
    expected = joints[..., None] * robot.dof_axes[kept]
    if not np.abs(turns[:, 1 : len(kept) + 1] - expected).max() < _AXES_ALIKE:
        raise RobotError(
            f"{where}: pose_aa turns its {len(kept)} joints about other axes than {robot.name} has; "
            "pass the robot that the file was made for"
        )
    full = np.zeros((len(joints), robot.num_dofs))
    full[:, kept] = joints
    welded = [name for name in robot.dof_names if _WELDED in name.lower()]
    return full, (f"joints that the file lacks, held at 0: {listed(welded, 8)}",)


def _numbers(clip: Mapping[str, Any], keys: tuple[str, ...], where: str) -> np.ndarray:
    key = next(key for key in keys if key in clip)
    try:
        array = np.asarray(clip[key], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError(
            f"{where}: {key} is {shown(clip[key])}, expected an array of numbers"
        ) from error
    return array


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "US":
        value = value.ravel().tolist()
    names = value if isinstance(value, list | tuple) else ()
    return tuple(n.decode("ascii", "replace") if isinstance(n, bytes) else str(n) for n in names)


def _rate(clip: Mapping[str, Any], where: str) -> float | None:
    key = next((key for key in _RATES if key in clip), None)
    if key is None:
        return None
    value = np.asarray(clip[key])
    if value.size != 1 or value.dtype.kind not in "fiu":
        raise FormatError(f"{where}: {key} is {shown(clip[key])}, expected one number")
    number = float(value.item())
    return 1.0 / number if key in _SECONDS and number > 0.0 else number

"""Robots' trajectories in the pickles of GMR, ASAP, PHC and MimicKit, read without running them.

What each means is taken from the program that writes it: GMR's `save_as_pkl` and ASAP's and PHC's
fits give the root as xyzw; MimicKit's `Motion` gives frames of position, rotation vector and joints.
None of them names its joints: they are those of the robot in the order of its model.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motionlib.containers.bounds import MAX_PICKLE_BYTES, read_checked
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.unpacked_stream import unpacked_stream
from motionlib.errors import FormatError, RobotError
from motionlib.formats.quat_order import QuatOrder
from motionlib.formats.robot_arrays import RobotArrays, motion_of_arrays
from motionlib.grounding import Floor
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.rotations import quat_from_rotvec
from motionlib.showing import cut, listed, shown

_POSITIONS = ("root_pos", "root_trans_offset", "root_trans", "root_position", "base_pos")
_ROTATIONS = ("root_rot", "root_quat", "root_quaternion", "base_quat")
_JOINTS = ("dof_pos", "dof", "dofs", "joint_pos", "joint_positions", "dof_positions")
_JOINT_NAMES = ("dof_names", "joint_names", "joints_list")
_RATES = ("fps", "mocap_framerate", "mocap_frame_rate", "frequency")
_HUMAN = ("pose_quat_global", "smpl_poses", "poses", "body_pose", "trans_orig", "betas")
_NOT_A_NAME = re.compile(r"[/\\\0]+|^\.+")
_AXES_ALIKE = 1e-3
_FREE_JOINT = 6
_WELDED = "wrist"
"""What the joints are called that models of 23 of the G1's 29 joints weld."""
_READ = (
    "GMR (root_pos, root_rot, dof_pos, fps), ASAP and PHC (clips of root_trans_offset, root_rot, "
    "dof, fps), MimicKit (frames, fps)"
)


def load_robot_pickle(
    path: Path,
    robot: Robot,
    *,
    fps: float | None = None,
    quat_order: QuatOrder | None = None,
    floor: Floor = "shift",
    accept_implausible: bool = False,
) -> list[Motion]:
    """Read the clips of a robot's pickle, packed or not.

    Args:
        path: See the module for the formats.
        robot: The robot that the file belongs to.
        fps: Rate of clips that state none.
        quat_order: Of the root; xyzw, as the formats have it, if None.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        accept_implausible: Whether what is impossible is told in the provenance instead.

    Raises:
        FormatError: No readable pickle of numbers, none of the formats, shapes, NaN, quaternions.
        RobotError: Another robot's.
        MotionError: What no robot can do; see `motionlib.plausibility`.
    """
    path = Path(path)
    content = unpacked_stream(read_checked(path, MAX_PICKLE_BYTES), str(path))
    held = load_restricted(content, origin=str(path), encoding="latin1")
    clips = _clips(held, path)
    return [
        motion_of_arrays(
            _arrays(clip, name, robot, path, quat_order or "xyzw"),
            robot,
            path,
            fps=fps,
            floor=floor,
            accept_implausible=accept_implausible,
        )
        for name, clip in clips.items()
    ]


def _clips(held: Any, path: Path) -> dict[str, Mapping[str, Any]]:
    """The clips of a file by name; a clip that stands alone is called like the file."""
    if isinstance(held, dict) and _is_clip(held):
        return {path.stem: held}
    inner = held if isinstance(held, dict) else {}
    # names become those of files
    clips = {
        _NOT_A_NAME.sub("_", str(name)): each for name, each in inner.items() if _is_clip(each)
    }
    if clips and len(clips) == len(inner):
        return clips
    first = next(iter(inner.values()), None)
    _refuse_others(inner, first, path)
    found = listed(map(str, inner), 8) if inner else f"a {cut(type(held).__name__)}"
    inside = f", the first of {listed(map(str, first), 8)}" if isinstance(first, dict) else ""
    raise FormatError(
        f"{path}: a pickle of {found}{inside}, which is no layout of a robot's motion known here; "
        f"known: {_READ}. Write root position, quaternion and joints as .csv with a header instead"
    )


def _is_clip(held: Any) -> bool:
    if not isinstance(held, dict):
        return False
    named = all(any(key in held for key in keys) for keys in (_POSITIONS, _ROTATIONS, _JOINTS))
    return named or ("frames" in held and "fps" in held)


def _refuse_others(inner: Mapping[Any, Any], first: Any, path: Path) -> None:
    """Say what a pickle is that is known but holds no robot's trajectory."""
    for held in (inner, first if isinstance(first, dict) else {}):
        if any(key in held for key in _HUMAN):
            raise FormatError(
                f"{path}: a human's motion as PHC packs it for SMPL; import the AMASS .npz that it "
                "was made from with --robot smpl, or put it onto a robot with `motion retarget`"
            )
        if "coefficients" in held:
            raise FormatError(
                f"{path}: walking references of polynomials; `motion convert` reads them"
            )


def _arrays(
    clip: Mapping[str, Any], name: str, robot: Robot, path: Path, order: QuatOrder
) -> RobotArrays:
    where = f"{path}: {cut(name)}"
    if "frames" in clip and not any(key in clip for key in _JOINTS):
        return _mimickit(clip, name, robot, where)
    joints = _numbers(clip, _JOINTS, where)
    if joints.ndim == 3 and joints.shape[2] == 1:
        joints = joints[..., 0]  # PHC keeps an axis for the one angle of a hinge
    quats = _numbers(clip, _ROTATIONS, where)
    names = _texts(next((clip[key] for key in _JOINT_NAMES if key in clip), None))
    notes: tuple[str, ...] = ()
    if not names and joints.ndim == 2 and joints.shape[1] != robot.num_dofs:
        joints, notes = _without_welded(joints, clip, robot, where)
    known = "GMR" if "root_pos" in clip else "ASAP or PHC"
    return RobotArrays(
        format=f"pickle of {known}, root {order}",
        name=name,
        fps=_rate(clip, where),
        root_pos=_numbers(clip, _POSITIONS, where),
        root_quat_wxyz=quats if order == "wxyz" else np.roll(quats, 1, axis=-1),
        joints=joints,
        joint_names=names,
        notes=notes,
    )


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
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _rate(clip: Mapping[str, Any], where: str) -> float | None:
    key = next((key for key in _RATES if key in clip), None)
    if key is None:
        return None
    value = np.asarray(clip[key])
    if value.size != 1 or value.dtype.kind not in "fiu":
        raise FormatError(f"{where}: {key} is {shown(clip[key])}, expected one number")
    return float(value.item())

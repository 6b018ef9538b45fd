"""AMASS recordings: SMPL+H `*_poses.npz` and SMPL-X `*_stageii.npz`; only what is needed is read.

Arrays of the result are views of the mapped file where its members are stored uncompressed, as
AMASS ships them. Whether the numbers are finite is not looked at here: that costs a pass over them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlib.containers.array_zip import ArrayZip, open_array_zip
from motionlib.errors import FormatError
from motionlib.human.clip import HumanClip
from motionlib.human.clip_facts import ClipFacts
from motionlib.human.readers.amass_values import betas_of, fps_of, gender_of
from motionlib.human.readers.smpl_joints import (
    BODY_JOINTS,
    HAND_JOINTS,
    ROOT_POST_QUAT_WXYZ,
    SMPLH_JOINTS,
    SMPLX_JOINTS,
    columns_of,
)
from motionlib.robot import Robot
from motionlib.showing import listed, type_name

AMASS_SUFFIX = ".npz"

_FAMILIES: dict[int, tuple[str, tuple[str | None, ...]]] = {
    165: ("amass_smplx", SMPLX_JOINTS),
    156: ("amass_smplh", SMPLH_JOINTS),
}
_BODY_COLUMNS = 3 * len(BODY_JOINTS)
_HAND_COLUMNS = 3 * len(HAND_JOINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where the rotations lie."""

    format: str
    frames: int
    members: tuple[str, ...]
    """Stacked side by side they are the pose array."""
    joints: tuple[str | None, ...]


def is_amass_clip(path: Path) -> bool:
    """Whether a file bears the name of a recording: `.npz`, but no `shape.npz`, no `*stagei.npz`."""
    name = Path(path).name
    return (
        name.lower().endswith(AMASS_SUFFIX)
        and name != "shape.npz"
        and not name.endswith("stagei.npz")
    )


def probe_amass(path: Path) -> ClipFacts:
    """Facts of a recording from its directory and headers.

    Raises:
        FormatError: As `read_amass`.
    """
    with open_array_zip(path) as archive:
        layout = _layout(archive)
        return ClipFacts(
            frames=layout.frames,
            fps=fps_of(archive),
            gender=gender_of(archive),
            format=layout.format,
        )


def read_amass(path: Path, robot: Robot) -> HumanClip:
    """A recording of either family for a humanoid with SMPL's body names.

    Joints that the robot has and the recording lacks stay at zero (`L_Hand`, `R_Hand`; fingers);
    joints that only the recording has are left out.

    Args:
        path: Of the `.npz`.
        robot: Names the bodies, and tells how far the root joint lies from `trans`.

    Raises:
        FormatError: Names the file, the array, what was expected and found, and what to do.
        RobotError: The robot has bodies that no SMPL model has.
    """
    with open_array_zip(path) as archive:
        layout = _layout(archive)
        parts = [_numbers(archive, name) for name in layout.members]
        trans = _numbers(archive, "trans")
        columns = columns_of(robot.body_names, layout.joints)
        return HumanClip(
            fps=fps_of(archive),
            root_pos=trans + np.asarray(robot.rest_root_pos, dtype=trans.dtype),
            rotvec=parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1),
            columns=columns,
            root_post_quat_wxyz=np.array(ROOT_POST_QUAT_WXYZ),
            format=layout.format,
            gender=gender_of(archive),
            betas=betas_of(archive),
            notes=_notes(robot, columns),
        )


def _layout(archive: ArrayZip) -> _Layout:
    if "poses" in archive:
        layout = _whole_layout(archive)
    elif "root_orient" in archive:
        layout = _split_layout(archive)
    else:
        raise FormatError(
            f"{archive.path}: no rotations: neither poses nor root_orient and pose_body; found "
            f"{listed(sorted(archive.members))}. Not an AMASS recording, or one without poses"
        )
    _check_shape(archive, "trans", (layout.frames, 3))
    if not layout.frames:
        raise FormatError(
            f"{archive.path}: poses and trans have zero frames, expected at least one: "
            "fetch the file again or leave it out"
        )
    return layout


def _whole_layout(archive: ArrayZip) -> _Layout:
    shape = _shape(archive, "poses")
    if len(shape) != 2 or shape[1] < _BODY_COLUMNS:
        raise FormatError(
            f"{archive.path}: poses has shape {shape}, expected (T, 156) for SMPL+H, (T, 165) for "
            f"SMPL-X, or (T, {_BODY_COLUMNS}) and more for SMPL: fetch the file again"
        )
    family, joints = _FAMILIES.get(shape[1], ("amass_smpl", BODY_JOINTS))
    return _Layout(format=family, frames=shape[0], members=("poses",), joints=joints)


def _split_layout(archive: ArrayZip) -> _Layout:
    frames = (*_shape(archive, "root_orient"), 0)[0]
    members, joints = ["root_orient", "pose_body"], BODY_JOINTS
    _check_shape(archive, "root_orient", (frames, 3))
    _check_shape(archive, "pose_body", (frames, _BODY_COLUMNS - 3))
    if "pose_hand" in archive:
        _check_shape(archive, "pose_hand", (frames, _HAND_COLUMNS))
        members, joints = [*members, "pose_hand"], (*BODY_JOINTS, *HAND_JOINTS)
    family = "amass_smplx" if {"pose_jaw", "pose_eye"} & set(archive.members) else "amass_smplh"
    return _Layout(format=family, frames=frames, members=tuple(members), joints=joints)


def _shape(archive: ArrayZip, name: str) -> tuple[int, ...]:
    header = archive.header(name)
    if header.dtype.hasobject or header.dtype.kind != "f":
        raise FormatError(
            f"{archive.path}: {name} is of type {type_name(header.dtype)}, expected floats"
            f"{' (an array of objects is a pickle)' if header.dtype.hasobject else ''}; "
            "write it again as plain numbers"
        )
    return header.shape


def _check_shape(archive: ArrayZip, name: str, expected: tuple[int, ...]) -> None:
    found = _shape(archive, name)
    if found != expected:
        raise FormatError(
            f"{archive.path}: {name} has shape {found}, expected {expected}; "
            "the arrays do not belong together: fetch the file again"
        )


def _numbers(archive: ArrayZip, name: str) -> np.ndarray:
    array = archive.array(name)
    if array.dtype.itemsize in {4, 8} and array.dtype.isnative:
        return array
    return array.astype(np.float32 if array.dtype.itemsize < 4 else np.float64)


def _notes(robot: Robot, columns: np.ndarray) -> tuple[str, ...]:
    lacking = [
        name for name, c in zip(robot.body_names, columns[:, 0].tolist(), strict=True) if c < 0
    ]
    return (f"no rotations in the source for {', '.join(lacking)}: zero",) if lacking else ()

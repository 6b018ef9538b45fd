"""The files between the stages of ProtoMotions' retargeting, so that one stage can be swapped.

`X_keypoints.npy` goes into its solver; `X_keypoints_retargeted.npz` and, from the same keypoints,
`X_keypoints_contacts.npz` come out and go into its conversion to `.motion`.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motionlib.containers.array_dict import read_array_dict, write_array_dict
from motionlib.containers.array_zip import read_arrays
from motionlib.errors import FormatError, MotionError, RobotError
from motionlib.files import sha256_of_file, write_bytes
from motionlib.formats.header import relative_name
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.rotations import quat_unroll
from retarget.protomotions.keypoints import Keypoints

KEYPOINTS_SUFFIX = "_keypoints.npy"
RETARGETED_SUFFIX = "_retargeted.npz"
CONTACTS_SUFFIX = "_contacts.npz"
DEFAULT_FPS = 30.0
"""Frames a second of files that do not say theirs, as ProtoMotions reads them."""
_WINDOW = 5
"""Frames over which ProtoMotions averages labels."""
_TOUCHING = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FootLabels:
    """How much each foot touches the ground, after averaging."""

    fps: float
    touching: np.ndarray
    """(K, 2) from 0 to 1: left and right."""


def write_keypoints(path: Path, keypoints: Keypoints) -> None:
    """Write `*_keypoints.npy` as ProtoMotions' extraction does.

    Raises:
        OSError: The disk is full.
    """
    content = {
        "positions": keypoints.positions,
        "orientations": keypoints.orientations,
        "left_foot_contacts": keypoints.contacts[:, 0].astype(np.int64),
        "right_foot_contacts": keypoints.contacts[:, 1].astype(np.int64),
        "fps": float(keypoints.fps),
    }
    write_array_dict(path, content)


def read_keypoints(path: Path) -> Keypoints:
    """Read `*_keypoints.npy`; one without `fps` is read at 30.

    Raises:
        FormatError: Truncated, hostile, arrays missing, shapes, NaN, no rotations.
    """
    path = Path(path)
    content = read_array_dict(path)
    _require(
        content, ("positions", "orientations", "left_foot_contacts", "right_foot_contacts"), path
    )
    sides = [np.asarray(content[f"{side}_foot_contacts"]) for side in ("left", "right")]
    try:
        return Keypoints(
            fps=_fps(content, path),
            positions=np.asarray(content["positions"]),
            orientations=np.asarray(content["orientations"]),
            contacts=np.stack(sides, axis=1) > _TOUCHING,
        )
    except (MotionError, ValueError) as error:
        raise FormatError(f"{path}: {error}; extract the keypoints again") from error


def foot_labels(keypoints: Keypoints) -> FootLabels:
    """Labels as ProtoMotions' solver takes them: mean of ankle and toe, then over five frames."""
    mean = keypoints.contacts.mean(-1)
    half = _WINDOW // 2
    sums = np.concatenate((np.zeros((1, 2)), mean.cumsum(0)))
    frames = np.arange(len(mean))
    first, stop = np.maximum(frames - half, 0), np.minimum(frames + half + 1, len(mean))
    touching = (sums[stop] - sums[first]) / (stop - first)[:, None]
    return FootLabels(fps=keypoints.fps, touching=touching)


def write_contacts(path: Path, labels: FootLabels, *, source_fps: float | None = None) -> None:
    """Write `*_contacts.npz`.

    Args:
        path: To write.
        labels: On the frames of the retargeted motion.
        source_fps: Of the keypoints, where it is another.

    Raises:
        OSError: The disk is full.
    """
    arrays = {"foot_contacts": labels.touching, **_rates(labels.fps, source_fps)}
    _write_arrays(path, arrays)


def read_contacts(path: Path) -> FootLabels:
    """Read `*_contacts.npz`.

    Raises:
        FormatError: Truncated, hostile, shapes, NaN, or values outside of 0 to 1.
    """
    path = Path(path)
    content = read_arrays(path)
    _require(content, ("foot_contacts",), path)
    touching = content["foot_contacts"]
    if touching.ndim != 2 or touching.shape[1] != 2 or not len(touching):
        raise FormatError(f"{path}: foot_contacts has shape {touching.shape}, expected (K, 2)")
    if not ((touching >= 0.0) & (touching <= 1.0)).all():
        raise FormatError(f"{path}: foot_contacts holds numbers outside of 0 to 1; write it again")
    return FootLabels(fps=_fps(content, path), touching=touching.astype(np.float64))


def write_retargeted(path: Path, motion: Motion, *, source_fps: float | None = None) -> None:
    """Write `*_retargeted.npz` of a robot motion.

    Args:
        path: To write.
        motion: On a robot whose dofs are hinges, in the order of ProtoMotions' model of it.
        source_fps: Of the keypoints, where it is another.

    Raises:
        RobotError: The dofs are no hinges.
        OSError: The disk is full.
    """
    if motion.robot.dof_coordinates != "hinges":
        raise RobotError(f"{motion.robot.name}: its dofs are no hinges; expected a robot's motion")
    arrays = {
        "base_frame_pos": motion.root_pos.numpy(),
        "base_frame_wxyz": motion.root_quat_wxyz.numpy(),
        "joint_angles": motion.dof_pos.numpy(),
        **_rates(motion.fps, source_fps),
    }
    _write_arrays(path, arrays)


def read_retargeted(path: Path, robot: Robot, *, contacts: Path | None = None) -> Motion:
    """Read `*_retargeted.npz`, and labels from the `*_contacts.npz` that belongs to it.

    Args:
        path: File of ProtoMotions or of ours.
        robot: The robot that it belongs to; its joint order is taken.
        contacts: Folder of labels, the file's own if None; a clip without labels there has none.

    Raises:
        FormatError: Truncated, hostile, arrays missing, shapes, NaN, labels of another length.
    """
    path = Path(path)
    content = read_arrays(path)
    shapes = {"base_frame_pos": 3, "base_frame_wxyz": 4, "joint_angles": robot.num_dofs}
    _require(content, shapes, path)
    for name, width in shapes.items():
        found = content[name].shape
        if len(found) != 2 or found[1] != width or found[0] != len(content["base_frame_pos"]):
            raise FormatError(f"{path}: {name} has shape {found}, expected (N, {width})")
    name = path.name.removesuffix(RETARGETED_SUFFIX)
    labels = Path(contacts or path.parent) / f"{name}{CONTACTS_SUFFIX}"
    motion = Motion(
        name=name.removesuffix("_keypoints"),
        robot=robot,
        fps=_fps(content, path),
        root_pos=_tensor(content["base_frame_pos"]),
        root_quat_wxyz=_unit(content["base_frame_wxyz"], path),
        dof_pos=_tensor(content["joint_angles"]),
        provenance=Provenance(source=relative_name(path), source_sha256=sha256_of_file(path)),
    )
    if not labels.is_file():
        return motion
    found = read_contacts(labels)
    if len(found.touching) != motion.num_frames:
        raise FormatError(
            f"{labels}: {len(found.touching)} frames, the motion has {motion.num_frames}; write "
            "both with one subsample factor"
        )
    feet = [0 if foot < len(robot.foot_bodies) // 2 else 1 for foot in range(len(robot.soles))]
    return replace(motion, foot_contact=torch.from_numpy(found.touching[:, feet] > _TOUCHING))


def _require(content: Mapping[str, Any], names: Any, path: Path) -> None:
    if missing := [name for name in names if name not in content]:
        raise FormatError(
            f"{path}: lacks {', '.join(missing)}; found {', '.join(sorted(content)) or 'nothing'}"
        )


def _fps(content: Mapping[str, Any], path: Path) -> float:
    value = np.asarray(content.get("fps", DEFAULT_FPS))
    if value.size != 1 or not 0.0 < float(value.item()) < float("inf"):
        raise FormatError(f"{path}: fps is {value}, expected a positive number")
    return float(value.item())


def _rates(fps: float, source_fps: float | None) -> dict[str, np.ndarray]:
    source = source_fps or fps
    return {
        "fps": np.array(float(fps)),
        "source_fps": np.array(float(source)),
        "subsample_factor": np.array(max(1, round(source / fps))),
    }


def _write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue())


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))


def _unit(quats: np.ndarray, path: Path) -> torch.Tensor:
    norms = np.linalg.norm(quats.astype(np.float64), axis=-1, keepdims=True)
    if not (np.abs(norms - 1.0) < 0.01).all():
        raise FormatError(f"{path}: base_frame_wxyz holds quaternions that are not of unit norm")
    return quat_unroll(torch.from_numpy(quats / norms)).float()

"""AMASS files as AMASS ships them: keys, their order, shapes and dtypes of both families."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from motionlib.files import write_bytes

AmassFamily = Literal["smplh", "smplx"]

FAMILY_SUFFIX: Mapping[AmassFamily, str] = {"smplh": "_poses.npz", "smplx": "_stageii.npz"}
"""Ends of the names of either family's files."""
_DMPLS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AmassRecording:
    """What an AMASS file holds, T frames, SMPL's axes and joint order; float64 in real files."""

    fps: float
    trans: np.ndarray
    """(T, 3) m, world z up."""
    body: np.ndarray
    """(T, 66) rad: root, then 21 joints, three numbers of a rotation vector each."""
    hands: np.ndarray
    """(T, 90) rad: fifteen joints of the left hand, then of the right."""
    gender: str
    """`female`, `male` or `neutral`."""
    betas: Sequence[float]
    """Shape of the body, 10 or 16 numbers."""


def save_amass(
    path: Path, recording: AmassRecording, family: AmassFamily, *, compressed: bool = False
) -> None:
    """Write one file; the bytes depend on the recording alone.

    Args:
        path: Of the file; its suffix is the caller's, see `FAMILY_SUFFIX`.
        recording: What to write.
        family: `smplh` or `smplx`.
        compressed: Real files are not; a repacked download may be.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    write_bytes(path, npz_bytes(amass_arrays(recording, family), compressed=compressed))


def npz_bytes(arrays: Mapping[str, np.ndarray], *, compressed: bool = False) -> bytes:
    """A `.npz` in memory; its members bear no date."""
    buffer = io.BytesIO()
    write: Callable[..., None] = np.savez_compressed if compressed else np.savez
    write(buffer, **arrays)
    return buffer.getvalue()


def amass_arrays(recording: AmassRecording, family: AmassFamily) -> dict[str, np.ndarray]:
    """The arrays of a file of this family, in the order of real files."""
    return _smplh(recording) if family == "smplh" else _smplx(recording)


def _smplh(recording: AmassRecording) -> dict[str, np.ndarray]:
    return {
        "trans": recording.trans,
        "gender": np.array(recording.gender),
        "mocap_framerate": np.array(float(recording.fps)),
        "betas": np.asarray(recording.betas, dtype=np.float64),
        "dmpls": np.zeros((len(recording.trans), _DMPLS), dtype=recording.trans.dtype),
        "poses": np.concatenate((recording.body, recording.hands), axis=1),
    }


def _smplx(recording: AmassRecording) -> dict[str, np.ndarray]:
    frames, dtype = len(recording.trans), recording.trans.dtype
    jaw, eyes = np.zeros((frames, 3), dtype=dtype), np.zeros((frames, 6), dtype=dtype)
    return {
        "gender": np.array(recording.gender),
        "surface_model_type": np.array("smplx"),
        "mocap_frame_rate": np.array(float(recording.fps)),
        "mocap_time_length": np.array(frames / recording.fps),
        "markers_latent": np.zeros((0, 3)),
        "latent_labels": np.array([], dtype="<U4"),
        # a pickled dict, in real files too: whoever reads the others must get past it
        "markers_latent_vids": np.array({}, dtype=object),
        "trans": recording.trans,
        "poses": np.concatenate((recording.body, jaw, eyes, recording.hands), axis=1),
        "betas": np.asarray(recording.betas, dtype=np.float64),
        "num_betas": np.array(len(recording.betas)),
        "root_orient": recording.body[:, :3],
        "pose_body": recording.body[:, 3:],
        "pose_hand": recording.hands,
        "pose_jaw": jaw,
        "pose_eye": eyes,
    }

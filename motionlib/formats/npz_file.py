"""Raw content of a BeyondMimic `.npz`, checked for shape and finiteness but for no robot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from motionlib.containers.array_zip import array_headers, read_arrays
from motionlib.errors import FormatError, repeated_names
from motionlib.formats.header import check_schema_version, provenance_from_json
from motionlib.motion import Provenance
from motionlib.showing import cut, listed, shown, type_name
from motionlib.velocities import VELOCITY_RULES, VelocityRule

STATE_ARRAYS: Mapping[str, tuple[str | int, ...]] = {
    "joint_pos": ("T", "J"),
    "joint_vel": ("T", "J"),
    "body_pos_w": ("T", "B", 3),
    "body_quat_w": ("T", "B", 4),
    "body_lin_vel_w": ("T", "B", 3),
    "body_ang_vel_w": ("T", "B", 3),
}
"""The six arrays of the format and their axes: T frames, J joints, B bodies."""

DEFAULT_FPS = 50.0
"""Frames a second of files without `fps`: the control rate of published BeyondMimic tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NpzFile:
    """What one file holds."""

    path: Path
    fps: float
    """`DEFAULT_FPS` where `fps_stated` is false."""
    fps_stated: bool
    arrays: Mapping[str, np.ndarray]
    """The six of `STATE_ARRAYS`, float32, as stored; quaternions are wxyz in this format."""
    joint_names: tuple[str, ...] | None
    body_names: tuple[str, ...] | None
    clip_starts: tuple[int, ...]
    """(C + 1,) first frame of each clip, then T."""
    clip_names: tuple[str, ...]
    clip_weights: tuple[float, ...]
    provenances: tuple[Provenance, ...]
    """(C,), empty if the file has none."""
    foot_contact: np.ndarray | None
    """(T, F) int8; -1 where the source had no labels."""
    velocity_rule: VelocityRule
    robot_name: str
    robot_semantic_sha256: str
    other_keys: tuple[str, ...]


_KNOWN = (
    *(*STATE_ARRAYS, "fps", "joint_names", "body_names", "clip_starts", "clip_names"),
    *("clip_weights", "provenance", "schema_version", "foot_contact", "foot_names"),
    *("velocity_rule", "robot_name", "robot_semantic_sha256"),
)


def read_npz(path: Path) -> NpzFile:
    """Read and check one file.

    Raises:
        FormatError: Names the file, the array, what was expected and found.
    """
    path = Path(path)
    headers = array_headers(path)
    if held := [name for name, header in headers.items() if header.dtype.hasobject]:
        raise FormatError(
            f"{path}: {listed(held)} cannot be read: expected plain arrays (object arrays are "
            "pickles and refused); write the file again"
        )
    raw = read_arrays(path, _KNOWN)
    arrays = _state_arrays(raw, sorted(headers), path)
    frames = arrays["joint_pos"].shape[0]
    starts, names = _clips(raw, frames, path)
    _check_finite(arrays, starts, names, path)
    if "schema_version" in raw:
        version = raw["schema_version"]
        check_schema_version(version.item() if version.size == 1 else version, str(path))
    provenances = tuple(
        provenance_from_json(text, f"{path}: {name}")
        for name, text in zip(names, texts_of(raw, "provenance") or (), strict=False)
    )
    if "provenance" in raw and len(provenances) != len(names):
        raise FormatError(f"{path}: {len(provenances)} provenances, expected {len(names)}")
    known = {*STATE_ARRAYS, "fps"}
    return NpzFile(
        path=path,
        fps=fps_of(raw, path),
        fps_stated="fps" in raw,
        arrays=arrays,
        joint_names=_named_axis(raw, "joint_names", arrays["joint_pos"].shape[1], path),
        body_names=_named_axis(raw, "body_names", arrays["body_pos_w"].shape[1], path),
        clip_starts=starts,
        clip_names=names,
        clip_weights=_weights(raw, len(names), path),
        provenances=provenances,
        foot_contact=_foot_contact(raw, frames, path),
        velocity_rule=velocity_rule_of(raw, path),
        robot_name=text_of(raw, "robot_name"),
        robot_semantic_sha256=text_of(raw, "robot_semantic_sha256"),
        other_keys=tuple(sorted(set(headers) - known)),
    )


def _state_arrays(
    raw: Mapping[str, np.ndarray], found: Sequence[str], path: Path
) -> dict[str, np.ndarray]:
    missing = [name for name in STATE_ARRAYS if name not in raw]
    if missing:
        raise FormatError(
            f"{path}: arrays missing: {', '.join(missing)}; found {listed(found)}; "
            "convert the source again"
        )
    sizes: dict[str, int] = {}
    for name, axes in STATE_ARRAYS.items():
        array = raw[name]
        if array.dtype.kind not in "fiu":
            found = type_name(array.dtype)
            raise FormatError(f"{path}: {name} is of type {found}, expected 32-bit float")
        expected = tuple(
            sizes.setdefault(axis, size) if isinstance(axis, str) else axis
            for axis, size in zip(axes, array.shape, strict=False)
        )
        if array.ndim != len(axes) or array.shape != expected:
            raise FormatError(
                f"{path}: {name} has shape {array.shape}, expected "
                f"({' '.join(map(str, axes))}) with {sizes}"
            )
    if 0 in sizes.values():
        raise FormatError(f"{path}: empty arrays: {sizes}; expected at least one of each")
    return {name: np.ascontiguousarray(raw[name], dtype=np.float32) for name in STATE_ARRAYS}


def _clips(
    raw: Mapping[str, np.ndarray], frames: int, path: Path
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    if "clip_starts" not in raw:
        return (0, frames), (path.stem,)
    starts = raw["clip_starts"]
    whole = starts.ndim == 1 and starts.dtype.kind in "iu" and starts.size >= 2
    if not whole or starts[0] != 0 or starts[-1] != frames or (np.diff(starts) < 1).any():
        raise FormatError(
            f"{path}: clip_starts is {shown(starts.ravel()[:20].tolist())}, expected rising frame indices "
            f"from 0 to {frames}"
        )
    names = texts_of(raw, "clip_names") or ()
    if len(names) != starts.size - 1 or not all(names):
        raise FormatError(
            f"{path}: clip_names has {len(names)} entries, expected {starts.size - 1} names"
        )
    if twice := repeated_names(names):
        raise FormatError(
            f"{path}: clip_names must be unique, used twice: {listed(twice, 5)}; "
            "rename the clips and write the file again"
        )
    return tuple(starts.tolist()), names


def _check_finite(
    arrays: Mapping[str, np.ndarray],
    starts: tuple[int, ...],
    names: tuple[str, ...],
    path: Path,
) -> None:
    for field, array in arrays.items():
        bad: np.ndarray = np.asarray(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))
        if bad.any():
            frame = int(bad.argmax())
            clip = int(np.searchsorted(starts, frame, side="right")) - 1
            raise FormatError(
                f"{path}: {field} has NaN or infinity in {int(bad.sum())} of {len(bad)} frames, "
                f"first in frame {frame} (clip {cut(names[clip])}, frame {frame - starts[clip]}); "
                "repair or cut these frames in the source"
            )


def fps_of(raw: Mapping[str, np.ndarray], path: Path) -> float:
    """Frames a second that a file's arrays state, `DEFAULT_FPS` if they state none.

    Raises:
        FormatError: Not one positive number.
    """
    if "fps" not in raw:
        return DEFAULT_FPS
    values = raw["fps"].ravel()
    if values.size != 1 or values.dtype.kind not in "fiu" or not 0 < float(values[0]) < np.inf:
        raise FormatError(
            f"{path}: fps is {shown(values[:20].tolist())}, expected one positive number"
        )
    return float(values[0])


def _named_axis(
    raw: Mapping[str, np.ndarray], key: str, size: int, path: Path
) -> tuple[str, ...] | None:
    names = texts_of(raw, key)
    if names is not None and (len(names) != size or len(set(names)) != size):
        raise FormatError(f"{path}: {key} has {len(set(names))} names, expected {size}")
    return names


def _weights(raw: Mapping[str, np.ndarray], clips: int, path: Path) -> tuple[float, ...]:
    weights = raw.get("clip_weights")
    if weights is None:
        return (1.0,) * clips
    if weights.shape != (clips,) or weights.dtype.kind != "f" or not (weights >= 0).all():
        raise FormatError(f"{path}: clip_weights has to be {clips} numbers of at least zero")
    return tuple(weights.tolist())


def _foot_contact(raw: Mapping[str, np.ndarray], frames: int, path: Path) -> np.ndarray | None:
    labels = raw.get("foot_contact")
    if labels is None:
        return None
    feet = len(texts_of(raw, "foot_names") or ())
    if labels.shape != (frames, feet) or labels.dtype != np.int8:
        raise FormatError(
            f"{path}: foot_contact has shape {labels.shape} and type {type_name(labels.dtype)}, "
            f"expected ({frames}, {feet}) int8"
        )
    return labels


def velocity_rule_of(raw: Mapping[str, np.ndarray], path: Path) -> VelocityRule:
    """The rule that a file's arrays name, `central` if they name none.

    Raises:
        FormatError: No rule of ours.
    """
    rule = text_of(raw, "velocity_rule") or "central"
    if rule not in VELOCITY_RULES:
        raise FormatError(
            f"{path}: velocity_rule is {shown(rule)}; choices: {', '.join(VELOCITY_RULES)}"
        )
    return cast("VelocityRule", rule)


def texts_of(raw: Mapping[str, np.ndarray], key: str) -> tuple[str, ...] | None:
    """Texts of one array; None if it is not there, or holds something else.

    Raises:
        FormatError: Damaged text.
    """
    array = raw.get(key)
    if array is None or array.dtype.kind != "U":
        return None
    try:
        return tuple(str(text) for text in array.ravel())
    except ValueError as error:  # numpy makes text of any four bytes
        raise FormatError(f"{key} holds damaged text ({error}): write the file again") from error


def text_of(raw: Mapping[str, np.ndarray], key: str) -> str:
    """The only, or first, text of one array; empty if there is none."""
    strings = texts_of(raw, key)
    return strings[0] if strings else ""

"""Raw tables of a packaged MotionLib, checked for shape but for no robot."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torch import Tensor

from motionlib.errors import FormatError, repeated_names
from motionlib.showing import listed, shown, type_name

STATE_KEYS: Mapping[str, int] = {"gts": 3, "grs": 4, "gvs": 3, "gavs": 3, "dps": 0, "dvs": 0}
"""Keys of (F, bodies, n) tensors and n; 0 marks the (F, D) ones."""
MOTION_KEYS = ("length_starts", "motion_num_frames", "motion_dt")
"""Keys of (M,) tensors that a reader cannot do without."""


def check_tensors(
    content: Mapping[str, Any],
    keys: Mapping[str, int],
    body_key: str,
    dof_key: str,
    path: Path,
) -> None:
    """Refuse missing keys and shapes that contradict each other."""
    missing = [key for key in keys if not isinstance(content.get(key), Tensor)]
    if missing:
        raise FormatError(
            f"{path}: tensors missing: {', '.join(missing)}; found {listed(sorted(content))}; "
            "convert the source again"
        )
    bodies = content[body_key].shape[1] if content[body_key].ndim == 3 else 0
    dofs = content[dof_key].shape[1] if content[dof_key].ndim == 2 else 0
    frames = content[body_key].shape[0] if content[body_key].ndim else 0
    for key, last in keys.items():
        expected = (frames, bodies, last) if last else (frames, dofs)
        tensor = content[key]
        if tuple(tensor.shape) != expected or 0 in expected or not tensor.is_floating_point():
            raise FormatError(
                f"{path}: {key} has shape {tuple(tensor.shape)} and type {type_name(tensor.dtype)}, "
                f"expected {expected} and 32-bit float"
            )


def motion_table(
    content: Mapping[str, Any], path: Path
) -> tuple[list[int], list[int], list[float]]:
    """First frame, number of frames and fps of each motion."""
    missing = [key for key in MOTION_KEYS if not isinstance(content.get(key), Tensor)]
    if missing:
        raise FormatError(
            f"{path}: tensors missing: {', '.join(missing)}; found {listed(sorted(content))}; "
            "expected a packaged MotionLib"
        )
    for key in MOTION_KEYS:
        table = content[key]
        whole = not table.is_floating_point() and table.dtype != torch.bool
        if table.ndim != 1 or whole != (key != "motion_dt"):
            raise FormatError(
                f"{path}: {key} has shape {tuple(table.shape)} and type "
                f"{type_name(table.dtype)}, expected "
                f"one {'number of seconds' if key == 'motion_dt' else 'whole number'} a motion"
            )
    frames = content.get("gts")
    if isinstance(frames, Tensor) and frames.ndim and len(content["motion_dt"]) > len(frames):
        raise FormatError(
            f"{path}: {len(content['motion_dt'])} motions have {len(frames)} frames; expected one "
            "or more each"
        )
    starts, counts, steps = (content[key].tolist() for key in MOTION_KEYS)
    if not len(starts) == len(counts) == len(steps) or not counts:
        raise FormatError(
            f"{path}: {len(starts)} length_starts, {len(counts)} motion_num_frames and "
            f"{len(steps)} motion_dt; expected the same number, at least one"
        )
    next_start = 0
    for motion, (count, step_s) in enumerate(zip(counts, steps, strict=True)):
        if count < 1 or not 1e-6 < step_s < 1e6 or starts[motion] != next_start:
            raise FormatError(
                f"{path}: motion {motion} has length_starts {starts[motion]}, motion_num_frames "
                f"{count}, motion_dt {step_s}; expected clips one after the other from frame 0"
            )
        next_start += count
    return starts, counts, [round(1.0 / step_s, 3) for step_s in steps]


def check_states(
    content: Mapping[str, Any], starts: Sequence[int], counts: Sequence[int], path: Path
) -> None:
    """Refuse state tensors whose shapes contradict each other or the motion table.

    Raises:
        FormatError: Names the key.
    """
    check_tensors(content, STATE_KEYS, "gts", "dps", path)
    frames = content["gts"].shape[0]
    if frames != starts[-1] + counts[-1]:
        raise FormatError(
            f"{path}: gts has {frames} frames, motion_num_frames add up to "
            f"{starts[-1] + counts[-1]}"
        )
    for key, last in (("contacts", 0), ("lrs", 4)):
        optional = content.get(key)
        if optional is None:
            continue
        expected = (*content["gts"].shape[:2], *((last,) if last else ()))
        if not isinstance(optional, Tensor) or tuple(optional.shape) != expected:
            found = tuple(optional.shape) if isinstance(optional, Tensor) else type(optional)
            raise FormatError(f"{path}: {key} has shape {found}, expected {expected}")


def motion_names(
    content: Mapping[str, Any], header: Any, num_motions: int, path: Path
) -> tuple[str, ...]:
    """Names of the motions: our header's, else from `motion_files`.

    Raises:
        FormatError: Not one for each motion, or one used twice.
    """
    if header is not None:
        listing = header.get("motion_names", ()) if isinstance(header, dict) else None
        names = _texts(listing, f"{path}: motion_names")
    else:
        files = content.get("motion_files", ())
        names = names_from_files(_texts(files, f"{path}: motion_files"))
    if len(names) != num_motions:
        raise FormatError(f"{path}: {len(names)} motion names, expected {num_motions}")
    if twice := repeated_names(names):
        raise FormatError(
            f"{path}: motion names must be unique, used twice: {listed(twice, 5)}; "
            "pack the library again from differently named files"
        )
    return names


def _texts(values: object, where: str) -> tuple[str, ...]:
    listing = values if isinstance(values, list | tuple) else (None,)
    if not all(isinstance(each, str) for each in listing):
        raise FormatError(f"{where} is {shown(values)}, expected a list of texts")
    return tuple(str(each) for each in listing)


def names_from_files(files: Sequence[str]) -> tuple[str, ...]:
    """Stems if they differ, else paths below the folders that all have in common."""
    paths = [PurePosixPath(file.replace("\\", "/")).with_suffix("") for file in files]
    stems = [path.name for path in paths]
    if len(set(stems)) == len(stems):
        return tuple(stems)
    parts = [path.parts for path in paths]
    shared = 0
    while len({part[shared] if shared < len(part) - 1 else None for part in parts}) == 1:
        if any(shared >= len(part) - 1 for part in parts):
            break
        shared += 1
    return tuple("/".join(part[shared:]) for part in parts)

"""What a motion file holds, whoever wrote it: arrays, rates, robot, velocity rule, problems."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlib.errors import FormatError, MotionError
from motionlib.files import sha256_of_file
from motionlib.formats.beyondmimic import load_npz
from motionlib.formats.fingerprint import fingerprint_velocities, telling_motion
from motionlib.formats.motion_file import load_motion_file, motion_from_motion_file
from motionlib.formats.motion_lib_checks import check_values, every_row
from motionlib.formats.motion_lib_file import check_states, motion_names, motion_table
from motionlib.formats.npz_file import read_arrays, read_npz
from motionlib.formats.protomotions import HEADER_KEY, load_motion_lib
from motionlib.formats.torch_file import load_torch_dict
from motionlib.robot import Robot
from motionlib.rotations import wxyz_from_xyzw

_MAX_LISTED = 1000
"""Motions listed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Content:
    """What every format has in common, frames of all clips one after the other."""

    starts: Sequence[int]
    counts: Sequence[int]
    fps: Sequence[float]
    names: Sequence[str]
    body_pos: Tensor
    body_quat_wxyz: Tensor
    lin_vel: Tensor
    ang_vel: Tensor
    num_dofs: int
    robot_name: str
    velocity_rule: str
    notes: tuple[str, ...] = ()


def inspect_file(path: Path, robot: Robot | None = None) -> dict[str, Any]:
    """Describe a `.npz`, `.pt` or `.motion`; plain values only, ready for JSON.

    Bad content is not an error here: it is a line in `problems`.

    Args:
        path: File; nothing in it is executed.
        robot: If given, whether the file fits it is told under `robot`.

    Returns:
        `file format bytes sha256 keys fps num_motions frames seconds motions num_bodies num_dofs
        robot velocities problems`.

    Raises:
        FormatError: The file cannot be read at all, or its suffix is unknown.
    """
    path = Path(path)
    if path.suffix not in _READERS:
        raise FormatError(
            f"{path}: suffix {path.suffix!r} cannot be inspected; expected {', '.join(_READERS)}"
        )
    read_keys, read_content, load = _READERS[path.suffix]
    report: dict[str, Any] = {
        "file": path.name,
        "format": path.suffix[1:],
        "bytes": path.stat().st_size,
        "sha256": sha256_of_file(path),
        "keys": read_keys(path),
    }
    problems: list[str] = []
    try:
        content = read_content(path)
    except MotionError as error:
        problems.append(str(error))
    else:
        report |= _facts(content)
        problems.extend(content.notes)
        problems.extend(_velocity_problems(report["velocities"]))
        report["robot"] = _robot_fit(content, path, robot, load, problems)
    report["problems"] = problems
    return report


def _facts(content: _Content) -> dict[str, Any]:
    seconds = [(n - 1) / fps for n, fps in zip(content.counts, content.fps, strict=True)]
    rows = zip(content.names, content.counts, content.fps, seconds, strict=True)
    told = telling_motion(content.lin_vel, content.starts, content.counts)
    frames = slice(content.starts[told], content.starts[told] + content.counts[told])
    found = fingerprint_velocities(
        body_pos=content.body_pos[frames],
        body_quat_wxyz=content.body_quat_wxyz[frames],
        lin_vel=content.lin_vel[frames],
        ang_vel=content.ang_vel[frames],
        fps=content.fps[told],
    )
    return {
        "fps": sorted(set(content.fps)),
        "num_motions": len(content.counts),
        "frames": sum(content.counts),
        "seconds": sum(seconds),
        "num_bodies": content.body_pos.shape[1],
        "num_dofs": content.num_dofs,
        "motions": [
            {"name": name, "frames": count, "fps": fps, "seconds": length}
            for name, count, fps, length in list(rows)[:_MAX_LISTED]
        ],
        "velocities": {
            "stated": content.velocity_rule,
            **asdict(found),
            "motion": content.names[told],
        },
    }


def _velocity_problems(velocities: Mapping[str, Any]) -> list[str]:
    problems = []
    if velocities["note"]:
        problems.append(f"velocities: {velocities['note']}")
    if "late" in velocities["angular"]:
        problems.append("velocities: angular velocities are stored one frame late")
    if velocities["generation"] == "unknown" and "still" not in velocities["linear"]:
        problems.append("velocities: no known rule reproduces them from the positions")
    found = {velocities["linear"], velocities["angular"]} - {"still", "unknown"}
    if velocities["stated"] and found and found != {velocities["stated"]}:
        problems.append(
            f"velocities: the file states {velocities['stated']}, its numbers say "
            f"{', '.join(sorted(found))}"
        )
    return problems


def _robot_fit(
    content: _Content,
    path: Path,
    robot: Robot | None,
    load: Callable[[Path, Robot], object],
    problems: list[str],
) -> dict[str, Any]:
    fit: dict[str, Any] = {"stated": content.robot_name or None}
    if robot is None:
        return fit
    fit["asked"] = robot.name
    try:
        load(path, robot)
    except MotionError as error:
        problems.append(str(error))
        return {**fit, "fits": False}
    return {**fit, "fits": True}


def _npz_keys(path: Path) -> dict[str, dict[str, Any]]:
    return {
        name: {"shape": list(array.shape), "dtype": str(array.dtype)}
        for name, array in read_arrays(path).items()
    }


def _torch_keys(path: Path) -> dict[str, dict[str, Any]]:
    keys: dict[str, dict[str, Any]] = {}
    for name, value in load_torch_dict(path, mmap=True).items():
        if isinstance(value, Tensor):
            dtype = str(value.dtype).removeprefix("torch.")
            keys[name] = {"shape": list(value.shape), "dtype": dtype}
        else:
            size = [len(value)] if isinstance(value, tuple | list | dict) else []
            keys[name] = {"shape": size, "dtype": type(value).__name__.lstrip("_")}
    return keys


def _npz_content(path: Path) -> _Content:
    file = read_npz(path)
    starts = list(file.clip_starts)
    counts = [after - start for start, after in pairwise(starts)]
    notes = [] if file.fps_stated else [f"fps is missing; {file.fps:g} would be assumed"]
    if file.body_names is None or file.joint_names is None:
        notes.append("no joint_names and body_names: the order of both has to be assumed")
    return _Content(
        starts=starts[:-1],
        counts=counts,
        fps=[file.fps] * len(counts),
        names=file.clip_names,
        body_pos=torch.from_numpy(file.arrays["body_pos_w"]),
        body_quat_wxyz=torch.from_numpy(file.arrays["body_quat_w"]),
        lin_vel=torch.from_numpy(file.arrays["body_lin_vel_w"]),
        ang_vel=torch.from_numpy(file.arrays["body_ang_vel_w"]),
        num_dofs=file.arrays["joint_pos"].shape[1],
        robot_name=file.robot_name,
        velocity_rule=file.velocity_rule if "velocity_rule" in file.other_keys else "",
        notes=tuple(notes),
    )


def _pt_content(path: Path) -> _Content:
    content = load_torch_dict(path, mmap=True)
    starts, counts, fps = motion_table(content, path)
    check_states(content, starts, counts, path)
    check_values(content, every_row(content["gts"].shape[0]), starts, path)
    header = content.get(HEADER_KEY) or {}
    notes = () if header else ("no robot, names or velocity rule in the file",)
    return _Content(
        starts=starts,
        counts=counts,
        fps=fps,
        names=motion_names(content, header or None, len(counts), path),
        body_pos=content["gts"],
        body_quat_wxyz=wxyz_from_xyzw(content["grs"]),
        lin_vel=content["gvs"],
        ang_vel=content["gavs"],
        num_dofs=content["dps"].shape[1],
        robot_name=str(header.get("robot_name", "")),
        velocity_rule=str(header.get("velocity_rule", "")),
        notes=notes,
    )


def _motion_content(path: Path) -> _Content:
    file = load_motion_file(path)
    return _Content(
        starts=[0],
        counts=[len(file.dof_pos)],
        fps=[file.fps],
        names=[path.stem],
        body_pos=file.body_pos,
        body_quat_wxyz=file.body_quat_wxyz,
        lin_vel=file.body_lin_vel,
        ang_vel=file.body_ang_vel,
        num_dofs=file.dof_pos.shape[1],
        robot_name="",
        velocity_rule="",
    )


_Keys = Callable[[Path], dict[str, dict[str, Any]]]

_READERS: Mapping[
    str, tuple[_Keys, Callable[[Path], _Content], Callable[[Path, Robot], object]]
] = {
    ".npz": (_npz_keys, _npz_content, load_npz),
    ".pt": (_torch_keys, _pt_content, load_motion_lib),
    ".motion": (
        _torch_keys,
        _motion_content,
        lambda path, robot: motion_from_motion_file(load_motion_file(path), robot),
    ),
}

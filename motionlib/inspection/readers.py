"""What each format of motion files has in common, read for inspection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlib.containers.array_zip import array_headers
from motionlib.containers.torch_file import load_torch_dict
from motionlib.containers.zip_members import check_members
from motionlib.errors import FormatError
from motionlib.formats.beyondmimic import load_npz
from motionlib.formats.npz_file import read_npz
from motionlib.formats.protomotions.checks import check_values, every_row
from motionlib.formats.protomotions.checksums import (
    HEADER_KEY,
    MOTION_CRC,
    MotionChecksums,
    check_header,
)
from motionlib.formats.protomotions.file import check_states, motion_names, motion_table
from motionlib.formats.protomotions.motion_file import load_motion_file, motion_from_motion_file
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.inspection.motion_lib import library_notes, library_problems
from motionlib.library import MotionLib
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.showing import cut, listed, shown


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InspectedContent:
    """What every format has in common, frames of all clips one after the other."""

    starts: Sequence[int]
    counts: Sequence[int]
    fps: Sequence[float]
    names: Sequence[str]
    body_pos: Tensor
    body_quats: Tensor
    quats_are_xyzw: bool = False
    lin_vel: Tensor
    ang_vel: Tensor
    num_dofs: int
    robot_name: str
    velocity_rule: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _npz_keys(path: Path) -> dict[str, dict[str, Any]]:
    return {
        name: {"shape": list(header.shape), "dtype": str(header.dtype)}
        for name, header in array_headers(path).items()
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


def _npz_content(path: Path) -> InspectedContent:
    file = read_npz(path)
    starts = list(file.clip_starts)
    counts = [after - start for start, after in pairwise(starts)]
    notes = [] if file.fps_stated else [f"fps is missing; {file.fps:g} would be assumed"]
    if file.body_names is None or file.joint_names is None:
        notes.append("no joint_names and body_names: the order of both has to be assumed")
    return InspectedContent(
        starts=starts[:-1],
        counts=counts,
        fps=[file.fps] * len(counts),
        names=file.clip_names,
        body_pos=torch.from_numpy(file.arrays["body_pos_w"]),
        body_quats=torch.from_numpy(file.arrays["body_quat_w"]),
        lin_vel=torch.from_numpy(file.arrays["body_lin_vel_w"]),
        ang_vel=torch.from_numpy(file.arrays["body_ang_vel_w"]),
        num_dofs=file.arrays["joint_pos"].shape[1],
        robot_name=file.robot_name,
        velocity_rule=file.velocity_rule if "velocity_rule" in file.other_keys else "",
        problems=tuple(notes),
    )


def _pt_content(path: Path) -> InspectedContent:
    content = load_torch_dict(path, mmap=True)
    starts, counts, fps = motion_table(content, path)
    check_states(content, starts, counts, path)
    check_values(content, every_row(content["gts"].shape[0]), starts, path)
    header = content.get(HEADER_KEY)
    header = {} if header is None else header
    if not isinstance(header, dict):
        raise FormatError(f"{path}: {HEADER_KEY} is {shown(header)}, expected a dict")
    problems = [] if header else ["no robot, names or velocity rule in the file"]
    return InspectedContent(
        starts=starts,
        counts=counts,
        fps=fps,
        names=motion_names(content, header or None, len(counts), path),
        body_pos=content["gts"],
        body_quats=content["grs"],
        quats_are_xyzw=True,
        lin_vel=content["gvs"],
        ang_vel=content["gavs"],
        num_dofs=content["dps"].shape[1],
        robot_name=_text(header.get("robot_name")),
        velocity_rule=_text(header.get("velocity_rule")),
        problems=(*problems, *library_problems(content, len(counts))),
        notes=tuple(library_notes(content, fps)),
    )


def _text(value: object) -> str:
    return cut(value) if isinstance(value, str) else ""


def _motion_content(path: Path) -> InspectedContent:
    file = load_motion_file(path)
    return InspectedContent(
        starts=[0],
        counts=[len(file.dof_pos)],
        fps=[file.fps],
        names=[path.stem],
        body_pos=file.body_pos,
        body_quats=file.body_quat_wxyz,
        lin_vel=file.body_lin_vel,
        ang_vel=file.body_ang_vel,
        num_dofs=file.dof_pos.shape[1],
        robot_name="",
        velocity_rule="",
    )


def checksum_report(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Hold a file against its checksums, whole, and say what they cover and what is damaged.

    Returns:
        `by`: `motion` in packed libraries of ours, `member` of the zip in others, empty without
        any; `hold`: whether all do, None without any. And a problem for what does not.
    """
    by = "member"
    try:
        content = load_torch_dict(path, mmap=True) if path.suffix == ".pt" else {}
        header = content.get(HEADER_KEY)
        if isinstance(header, dict) and MOTION_CRC in header:
            by = "motion"
        if not check_header(content, path):
            there = check_members(path, "a zip")
            return {"by": by if there else "", "hold": True if there else None}, []
        starts, counts, _ = motion_table(content, path)
        check_states(content, starts, counts, path)
        names = motion_names(content, header, len(counts), path)
        damaged = MotionChecksums(content, names, starts, counts, path).damaged()
    except FormatError as error:
        return {"by": by, "hold": False}, [str(error)]
    if not damaged:
        return {"by": by, "hold": True}, []
    return {"by": by, "hold": False}, [
        f"{len(damaged)} of {len(names)} motions are damaged: {listed(damaged)}; pull the file or "
        "make it again"
    ]


Keys = Callable[[Path], dict[str, dict[str, Any]]]

Loaded = Motion | list[Motion] | MotionLib
"""What the reader of a suffix makes of a file."""

READERS: Mapping[
    str, tuple[Keys, Callable[[Path], InspectedContent], Callable[[Path, Robot], Loaded]]
] = {
    ".npz": (_npz_keys, _npz_content, load_npz),
    ".pt": (_torch_keys, _pt_content, load_motion_lib),
    ".motion": (
        _torch_keys,
        _motion_content,
        lambda path, robot: motion_from_motion_file(load_motion_file(path), robot),
    ),
}
"""Readers by suffix: what keys there are, what they hold, and whether a robot takes the file."""

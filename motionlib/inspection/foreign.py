"""What a file of another project is, and its numbers: known by its arrays, read by no robot."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.array_dict import read_array_dict
from motionlib.containers.array_header import parse_header
from motionlib.containers.array_zip import array_headers, read_arrays
from motionlib.containers.bounds import MAX_PICKLE_BYTES, read_checked
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.torch_file import load_torch_dict
from motionlib.containers.torch_storage import tensors_in_pickles
from motionlib.containers.unpacked_stream import unpacked_stream
from motionlib.errors import KindError, MotionError
from motionlib.formats.csv import load_csv
from motionlib.formats.csv_table import read_csv_table
from motionlib.formats.held_clips import clips_of
from motionlib.formats.npz_file import STATE_ARRAYS
from motionlib.formats.npz_kinds import RETARGETED, npz_kind
from motionlib.formats.robot_clip import clip_format, clip_size
from motionlib.formats.robot_npz import load_robot_npz
from motionlib.formats.robot_pickle import load_robot_pickle
from motionlib.formats.robot_torch import load_robot_torch
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.by_suffix import probe_human_clip, read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.showing import listed, shown

_RATES = (
    "fps",
    "frequency",
    "framerate",
    "frame_rate",
    "mocap_framerate",
    "mocap_frame_rate",
    "dt",
)
_FREE = 7
"""Columns of the root before the joints of `qpos`."""
_JOINTS = ("dof_positions", "joint_angles", "qpos", "dof_pos", "dof", "joint_pos", "frames")
_ROBOT = "motion import FILE --robot NAME --output clip.pt"
_HUMAN = (
    "motion import FILE --robot smpl --output clip.pt, or motion retarget run FILE --robot NAME"
)
_STATES = ("body_pos_w", "body_quat_w", "joint_vel")
_KEYPOINTS = ("positions", "orientations", "left_foot_contacts", "right_foot_contacts")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForeignContent:
    """What one file holds, as far as its own arrays say it."""

    kind: str
    """For people."""
    clips: tuple[tuple[str, int, float | None], ...] = ()
    """Name, frames and rate of each clip; None where the file states none."""
    num_dofs: int | None = None
    num_bodies: int | None = None
    reader: str = ""
    """The command that reads it; empty if none does."""
    keys: Mapping[str, Mapping[str, Any]] | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def report(self) -> dict[str, Any]:
        """As a part of the report on a file; `seconds` of clips without a rate are None."""
        rows = [
            {"name": name, "frames": frames, "fps": fps, "seconds": _seconds(frames, fps)}
            for name, frames, fps in self.clips
        ]
        known = [row["seconds"] for row in rows if row["seconds"] is not None]
        facts: dict[str, Any] = {"kind": self.kind}
        if rows:
            facts |= {
                "fps": sorted({fps for *_, fps in self.clips if fps is not None}),
                "num_motions": len(rows),
                "frames": sum(frames for _, frames, _ in self.clips),
                "seconds": sum(known) if len(known) == len(rows) else None,
            }
        counts = {"num_bodies": self.num_bodies, "num_dofs": self.num_dofs, "read_by": self.reader}
        facts |= {name: value for name, value in counts.items() if value}
        return {
            **facts,
            "motions": rows,
            "notes": list(self.notes),
            "problems": list(self.problems),
        }


def foreign_npz(path: Path) -> ForeignContent | None:
    """What a `.npz` is; None for BeyondMimic's own layout, of which more is said elsewhere.

    Raises:
        FormatError: Damaged.
    """
    headers = array_headers(path)
    keys = {
        name: {"shape": list(header.shape), "dtype": str(header.dtype)}
        for name, header in headers.items()
    }
    widths = [keys[name]["shape"][-1:] for name in ("joint_pos", "joint_vel") if name in keys]
    kind = npz_kind(set(headers))
    whole = set(STATE_ARRAYS) <= set(keys)
    if (whole and widths[0] == widths[1]) or (not kind.name and set(_STATES) & set(keys)):
        return None  # what is missing there is told by its own reader
    if kind.is_human:
        facts = probe_human_clip(path)
        gender = (f"gender {facts.gender}",) if facts.gender else ()
        return ForeignContent(
            kind=f"{kind.name}, {facts.format}",
            clips=((path.stem, facts.frames, facts.fps),),
            reader=_HUMAN,
            keys=keys,
            notes=gender,
            problems=tuple(_human_problems(path)),
        )
    if not kind.name:
        problem = f"{path}: its arrays are of no format known here: {listed(sorted(keys))}"
        return ForeignContent(kind="arrays of numbers", keys=keys, problems=(problem,))
    if not kind.is_robot:
        return ForeignContent(kind=kind.name, keys=keys)
    return _robot_npz(path, kind.name, keys)


def _robot_npz(path: Path, kind: str, keys: Mapping[str, Mapping[str, Any]]) -> ForeignContent:
    name = next(each for each in _JOINTS if each in keys)
    shape = keys[name]["shape"]
    rates = [each for each in _RATES if each in keys]
    values = read_arrays(path, [*rates[:1], name])
    fps, problems = _rate(rates[0], values[rates[0]]) if rates else (None, [])
    known = ("root_pos", "root_trans", "trans", "base_pos")
    spare = _FREE if name == "qpos" or (_is_qpos(name, keys) and not set(known) & set(keys)) else 0
    bodies = next(
        (keys[b]["shape"][1] for b in ("body_positions", "body_pos_w") if b in keys), None
    )
    return ForeignContent(
        kind=kind,
        clips=((path.stem, shape[0] if shape else 0, fps),),
        num_dofs=max(shape[-1] - spare, 0) if len(shape) > 1 else None,
        num_bodies=bodies,
        reader=_ROBOT,
        keys=keys,
        notes=() if fps else ("states no rate: pass --fps",),
        problems=(*problems, *_not_finite(name, values[name])),
    )


def _is_qpos(name: str, keys: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether `joint_pos` is wider than there are joints: holosoma puts the root before them."""
    shape = keys.get("joint_names", {}).get("shape") or [0]
    return name == "joint_pos" and keys[name]["shape"][-1:] == [_FREE + shape[0]]


def _rate(name: str, value: np.ndarray) -> tuple[float | None, list[str]]:
    if value.size != 1 or value.dtype.kind not in "fiu" or not 0.0 < float(value.item()) < np.inf:
        return None, [f"{name} is {shown(value.ravel()[:8].tolist())}, expected a positive number"]
    return 1.0 / float(value.item()) if name == "dt" else float(value.item()), []


def foreign_npy(path: Path) -> ForeignContent | None:
    """What a `.npy` is; None for skeleton motions of ProtoMotions' second version.

    Raises:
        FormatError: Damaged, or an object that is not read.
    """
    content = read_checked(path, MAX_PICKLE_BYTES)
    header = parse_header(content, str(path))
    if not header.dtype.hasobject:
        raise KindError(
            f"{path}: one array of {header.dtype}, shape {shown(header.shape)}, whose columns no name "
            "tells, is not read; write it as .csv with a header, or as .npz by names"
        )
    if b"skeleton_tree" in content:
        return None
    held = read_array_dict(path)
    keys = _keys(held)
    if not set(_KEYPOINTS) <= set(held):
        problem = f"{path}: a dict of {listed(sorted(held))}, of no format known here"
        return ForeignContent(kind="a pickled dict of arrays", keys=keys, problems=(problem,))
    rate = float(np.asarray(held.get("fps", 30.0)).ravel()[0])
    return ForeignContent(
        kind="ProtoMotions' keypoints of a human, from which it retargets",
        clips=((path.stem, len(np.asarray(held["positions"])), rate),),
        num_bodies=keys["positions"]["shape"][1],
        reader="motion retarget run FILE --robot NAME, or " + _HUMAN.split(", or", maxsplit=1)[0],
        keys=keys,
        notes=() if "fps" in held else ("states no rate; 30 is taken",),
        problems=tuple(_not_finite("positions", np.asarray(held["positions"]))),
    )


def foreign_pickle(path: Path) -> ForeignContent:
    """What a `.pkl` of a robot's clips holds.

    Raises:
        FormatError: Damaged, hostile, or no clips of a robot: says what it is.
    """
    content = unpacked_stream(read_checked(path, MAX_PICKLE_BYTES), str(path))
    held = load_restricted(
        content, origin=str(path), encoding="latin1", allowed=tensors_in_pickles()
    )
    return _clips(clips_of(held, path, kind="a pickle"), "pickle")


def foreign_torch(path: Path) -> ForeignContent | None:
    """What a `.pt` is; None for a packed library.

    Raises:
        FormatError: Damaged, hostile, or no clips of a robot: says what it is.
    """
    held = load_torch_dict(path)
    if "gts" in held:
        return None
    return _clips(clips_of(held, path, kind="a torch file"), "torch file")


def _clips(clips: Mapping[str, Mapping[str, Any]], container: str) -> ForeignContent:
    sizes = {name: clip_size(clip) for name, clip in clips.items()}
    first = next(iter(clips.values()))
    states = all(fps for *_, fps in sizes.values())
    widths = sorted({dofs for _, dofs, _ in sizes.values()})
    return ForeignContent(
        kind=f"robot motion: {container} of {clip_format(first)}",
        clips=tuple((name, frames, fps) for name, (frames, _, fps) in sizes.items()),
        num_dofs=widths[0],
        reader=_ROBOT,
        keys=_keys(first),
        notes=() if states else ("states no rate: pass --fps",),
        problems=() if len(widths) == 1 else (f"clips of {listed(map(str, widths))} joints",),
    )


def foreign_csv(path: Path) -> ForeignContent:
    """What a `.csv` holds: rows, columns, their names.

    Raises:
        FormatError: No table of numbers.
    """
    table = read_csv_table(path)
    rows, columns = table.values.shape
    named = (f"columns: {listed(table.header, 8)}",) if table.header else ()
    note = "" if table.header else "no names: position, quaternion, joints in the robot's order"
    return ForeignContent(
        kind=f"table of {columns} columns {'with' if table.header else 'without'} a header",
        clips=((path.stem, rows, table.fps),),
        reader=_ROBOT,
        notes=(*named, *filter(None, (note,))),
    )


def foreign_bvh(path: Path) -> ForeignContent:
    """What a `.bvh` holds.

    Raises:
        FormatError: No BVH, or a broken one.
    """
    facts = probe_human_clip(path)
    return ForeignContent(
        kind="BVH, a human's recording",
        clips=((path.stem, facts.frames, facts.fps),),
        reader=_HUMAN,
        problems=tuple(_human_problems(path)),
    )


def foreign_fit(path: Path, robot: Robot, content: ForeignContent) -> str:
    """Why a robot cannot take a file; empty if it can.

    Args:
        path: The file.
        robot: Which is asked.
        content: What the file holds.
    """
    load = _LOADERS.get(path.suffix.lower())
    if load is None or not content.reader or content.kind == RETARGETED:
        return ""
    if content.kind.startswith(("AMASS", "SMPL", "BVH")):
        load = read_human_clip
    try:
        load(path, robot)
    except MotionError as error:
        return str(error)
    return ""


_LOADERS: Mapping[str, Callable[[Path, Robot], object]] = {
    ".npz": load_robot_npz,
    ".pkl": load_robot_pickle,
    ".pt": load_robot_torch,
    ".csv": load_csv,
    ".bvh": read_human_clip,
}
FOREIGN: Mapping[str, Callable[[Path], ForeignContent | None]] = {
    ".npz": foreign_npz,
    ".npy": foreign_npy,
    ".pkl": foreign_pickle,
    ".pt": foreign_torch,
    ".csv": foreign_csv,
    ".bvh": foreign_bvh,
}
"""By suffix."""


def _keys(held: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
    keys = {}
    for name, value in held.items():
        shape = list(getattr(value, "shape", ())) or (
            [len(value)] if isinstance(value, list) else []
        )
        dtype = str(getattr(value, "dtype", type(value).__name__)).removeprefix("torch.")
        keys[str(name)] = {"shape": shape, "dtype": dtype}
    return keys


def _seconds(frames: int, fps: float | None) -> float | None:
    return (frames - 1) / fps if fps and fps > 0.0 else None


def _human_problems(path: Path) -> list[str]:
    """Why a recording cannot become a clip of our humanoid, whoever asks for it."""
    robot = load_robot("smpl")
    try:
        clip = read_human_clip(path, robot)
        settings = HumanSettings(fps=clip.fps, height_fix="none", self_penetration=False)
        convert_clip(clip, robot, settings)
    except MotionError as error:
        return [str(error) if str(path) in str(error) else f"{path}: {error}"]
    return []


def _not_finite(name: str, values: np.ndarray) -> list[str]:
    if values.dtype.kind != "f" or not values.ndim:
        return []
    bad = ~np.isfinite(values.reshape(len(values), -1)).all(1)
    return [f"{name} has NaN or infinity, first in row {int(bad.argmax())}"] if bad.any() else []

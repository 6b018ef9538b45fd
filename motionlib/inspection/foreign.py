"""What a file of another project is, and its numbers: known by its arrays, read by no robot."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.array_dict import read_array_dict
from motionlib.containers.array_header import parse_header
from motionlib.containers.bounds import MAX_PICKLE_BYTES, read_checked
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.torch_file import load_torch_dict
from motionlib.containers.torch_storage import tensors_in_pickles
from motionlib.containers.unpacked_stream import unpacked_stream
from motionlib.errors import KindError, MotionError
from motionlib.formats.csv import load_csv
from motionlib.formats.csv_table import read_csv_table
from motionlib.formats.held_clips import clips_of
from motionlib.formats.npz_kinds import RETARGETED
from motionlib.formats.robot_clip import clip_format, clip_size
from motionlib.formats.robot_npz import load_robot_npz
from motionlib.formats.robot_pickle import load_robot_pickle
from motionlib.formats.robot_torch import load_robot_torch
from motionlib.human.readers.by_suffix import probe_human_clip, read_human_clip
from motionlib.inspection.foreign_content import (
    READS_HUMAN,
    READS_ROBOT,
    ForeignContent,
    human_problems,
    not_finite,
)
from motionlib.inspection.foreign_npz import foreign_npz
from motionlib.robot import Robot
from motionlib.showing import listed, shown, type_name

_KEYPOINTS = ("positions", "orientations", "left_foot_contacts", "right_foot_contacts")


def foreign_npy(path: Path) -> ForeignContent | None:
    """What a `.npy` is; None for skeleton motions of ProtoMotions' second version.

    Raises:
        FormatError: Damaged, or an object that is not read.
    """
    content = read_checked(path, MAX_PICKLE_BYTES)
    header = parse_header(content, str(path))
    if not header.dtype.hasobject:
        raise KindError(
            f"{path}: one array of type {type_name(header.dtype)}, shape "
            f"{shown(header.shape)}, whose columns no name "
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
        reader=READS_HUMAN,
        keys=keys,
        notes=() if "fps" in held else ("states no rate; 30 is taken",),
        problems=tuple(not_finite("positions", np.asarray(held["positions"]))),
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
    held = load_torch_dict(path, mmap=True)
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
        reader=READS_ROBOT,
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
        reader=READS_ROBOT,
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
        reader=READS_HUMAN,
        problems=tuple(human_problems(path)),
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

"""What a `.npz` of another project is, and its numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.array_zip import array_headers, read_arrays
from motionlib.formats.broken_states import BROKEN_STATES, load_broken_states
from motionlib.formats.npz_file import STATE_ARRAYS
from motionlib.formats.npz_kinds import npz_kind
from motionlib.human.readers.by_suffix import probe_human_clip
from motionlib.inspection.foreign_content import (
    READS_HUMAN,
    READS_ROBOT,
    ForeignContent,
    human_problems,
    not_finite,
)
from motionlib.showing import cut, listed, shown

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
_STATES = ("body_pos_w", "body_quat_w", "joint_vel")


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
            reader=READS_HUMAN,
            keys=keys,
            notes=gender,
            problems=tuple(human_problems(path)),
        )
    if not kind.name:
        problem = f"{path}: its arrays are of no format known here: {listed(sorted(keys))}"
        return ForeignContent(kind="arrays of numbers", keys=keys, problems=(problem,))
    if kind.name == BROKEN_STATES:
        states = load_broken_states(path)
        return ForeignContent(
            kind=f"{kind.name}: {len(states.env_ids)} of {cut(states.robot_name)}",
            num_dofs=states.dof_pos.shape[-1],
            keys=keys,
            problems=tuple(states.lines()),
        )
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
        reader=READS_ROBOT,
        keys=keys,
        notes=() if fps else ("states no rate: pass --fps",),
        problems=(*problems, *not_finite(name, values[name])),
    )


def _is_qpos(name: str, keys: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether `joint_pos` is wider than there are joints: holosoma puts the root before them."""
    shape = keys.get("joint_names", {}).get("shape") or [0]
    return name == "joint_pos" and keys[name]["shape"][-1:] == [_FREE + shape[0]]


def _rate(name: str, value: np.ndarray) -> tuple[float | None, list[str]]:
    if value.size != 1 or value.dtype.kind not in "fiu" or not 0.0 < float(value.item()) < np.inf:
        return None, [f"{name} is {shown(value.ravel()[:8].tolist())}, expected a positive number"]
    return 1.0 / float(value.item()) if name == "dt" else float(value.item()), []

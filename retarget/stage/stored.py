"""Retargeted clips read back from the content cache, as rows of the table name them."""

from collections.abc import Mapping
from typing import Any

import torch

from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.stages.provenance import provenance_of
from motionlib.stages.store import ClipStore


def stored_motion(
    row: Mapping[str, Any], robot: Robot, store: ClipStore, *, steps: tuple[str, ...] = ()
) -> Motion:
    """A retargeted clip with its contacts, under its human name and with its human weight.

    Args:
        row: Of `table.robot_rows`.
        robot: Its robot.
        store: Where it lies.
        steps: What was done to it, for its provenance.

    Raises:
        FormatError: It is gone, or its bytes changed since they were written.
    """
    entry = store.load_arrays(row["cache_path"])
    arrays = {name: torch.from_numpy(array) for name, array in entry.arrays.items()}
    return Motion(
        name=row["clip_id"],
        robot=robot,
        fps=entry.fps,
        root_pos=arrays["root_pos"],
        root_quat_wxyz=arrays["root_quat_wxyz"],
        dof_pos=arrays["dof_pos"],
        foot_contact=arrays.get("foot_contact"),
        provenance=provenance_of(row, steps=steps),
        weight=row["weight"],
    )

"""Where the motions of a table's rows come from, in the words that travel in every file."""

from collections.abc import Mapping
from typing import Any

from motionlib.motion import Provenance


def provenance_of(row: Mapping[str, Any], *, steps: tuple[str, ...] = ()) -> Provenance:
    """Which recording, or which part of one, a row comes from.

    Args:
        row: Of the human clip table, or of a robot's.
        steps: What was done to it, in order.
    """
    part = row["clip_id"].partition("#")[2]
    return Provenance(
        source=f"{row['path']}#{part}" if part else row["path"],
        source_sha256=row["sha256"],
        steps=steps,
    )


def resampled(row: Mapping[str, Any], fps: float) -> str:
    """The step that brought a recording to its clip's rate."""
    return f"resampled from {row['source_fps']:g} to {fps:g} fps"

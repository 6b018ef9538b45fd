"""What one file of another project holds, as far as its own arrays say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.errors import MotionError
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.robots.files import load_robot

READS_ROBOT = "motion import FILE --robot NAME --output clip.pt"
READS_HUMAN = (
    "motion import FILE --robot smpl --output clip.pt, or motion retarget run FILE --robot NAME"
)


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


def human_problems(path: Path) -> list[str]:
    """Why a recording cannot become a clip of our humanoid, whoever asks for it."""
    robot = load_robot("smpl")
    try:
        clip = read_human_clip(path, robot)
        settings = HumanSettings(fps=clip.fps, height_fix="none", self_penetration=False)
        convert_clip(clip, robot, settings)
    except MotionError as error:
        return [str(error) if str(path) in str(error) else f"{path}: {error}"]
    return []


def not_finite(name: str, values: np.ndarray) -> list[str]:
    """What is wrong with an array whose rows are frames: NaN, infinity."""
    if values.dtype.kind != "f" or not values.ndim:
        return []
    bad = ~np.isfinite(values.reshape(len(values), -1)).all(1)
    return [f"{name} has NaN or infinity, first in row {int(bad.argmax())}"] if bad.any() else []


def _seconds(frames: int, fps: float | None) -> float | None:
    return (frames - 1) / fps if fps and fps > 0.0 else None

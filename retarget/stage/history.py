"""What became of one clip on every robot of a recipe, for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motionlib.measure import Measure
from motionlib.stages.history import place_of
from motionlib.stages.table import read_clip_rows
from motionlib.stages.verdicts import PlainBounds
from retarget.quality.measure_table import ROBOT_MEASURES
from retarget.stage.books import ROBOT_BOOKS, ROBOT_TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotHistory:
    """One clip on one robot."""

    robot: str
    fate: str
    reason: str
    facts: Mapping[str, object]
    """Line by line for people."""
    measures: Sequence[Mapping[str, object]]
    """`measure value unit accept reject frame` of all with a gate; empty without a result."""


def robot_histories(folder: Path, clip_id: str) -> list[RobotHistory]:
    """The clip on every robot; none where the recipe has no robots, or the clip went to none.

    Args:
        folder: Of the robots' table and books.
        clip_id: As in the clip index.

    Raises:
        FormatError: The table is no Parquet file.
    """
    table = folder / ROBOT_TABLE
    rows = read_clip_rows(table, clip_id) if table.is_file() else []
    if not rows:
        return []
    bounds = json.loads((folder / ROBOT_BOOKS).read_text(encoding="utf-8"))["bounds"]
    return [_history(row, bounds) for row in rows]


def _history(row: Mapping[str, Any], bounds: PlainBounds) -> RobotHistory:
    solved = bool(row["cache_path"])
    frames = f"{row['output_frames']} frames at {row['fps']:g} fps" if solved else "no"
    return RobotHistory(
        robot=row["robot"],
        fate=row["fate"],
        reason=row["reason"],
        facts={
            "retargeted": frames,
            "cache key": row["key"],
            **({"remark": row["notes"]} if row["notes"] else {}),
            "library": place_of(row),
        },
        # a robot has no measure of a limb that it lacks
        measures=[
            _measure(each, row, bounds)
            for each in ROBOT_MEASURES
            if each.name in bounds and row.get(each.name) is not None
        ]
        if solved
        else [],
    )


def _measure(measure: Measure, row: Mapping[str, Any], bounds: PlainBounds) -> dict[str, object]:
    return {
        "measure": measure.name,
        "value": row[measure.name],
        "unit": measure.unit,
        **bounds[measure.name],
        "frame": measure.worst_frame(row),
    }

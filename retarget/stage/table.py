"""The table of robots' clips: one row a clip and robot, with its measures and its one fate."""

from collections.abc import Mapping, Sequence
from typing import Any

from motionlib.measure import columns_of
from motionlib.stages.verdicts import REJECTED, Verdict, fate_columns
from retarget.quality.gates import UNSOLVED, RetargetGates, judge_retargeted
from retarget.quality.measure_table import ROBOT_MEASURES

Rows = Sequence[Mapping[str, Any]]
_OF_THE_CLIP = (
    "clip_id",
    "dataset",
    "subset",
    "split",
    "weight",
    "path",
    "sha256",
    "source_fps",
    "seconds",
)
_RENAMED = {"frames": "output_frames", "seconds": "output_seconds"}


def robot_rows(
    robot: str, human: Rows, results: Mapping[str, Mapping[str, Any]], gates: RetargetGates
) -> list[dict[str, Any]]:
    """Rows of one robot, in the order of the human table.

    Args:
        robot: What it is called.
        human: Rows of the human clip table that went to robots.
        results: Clip id to `key path failure notes measures` of the stage, and `gate frame` of a
            failure where it says them.
        gates: Judge the measures anew; nothing is solved again when they change.

    Returns:
        Columns of the human clip; `robot`; `fate reason`, and `gate value threshold frame` of the
        first reason; `notes human_key key cache_path output_frames output_seconds`; the columns of
        `ROBOT_MEASURES`, None where there is no result.
    """
    return [_row(robot, row, results[row["clip_id"]], gates) for row in human]


def _row(
    robot: str,
    human: Mapping[str, Any],
    result: Mapping[str, Any],
    gates: RetargetGates,
) -> dict[str, Any]:
    measures = result["measures"]
    against = judge_retargeted(measures, gates) if result["path"] else [_failure(result)]
    names = [name for name in columns_of(ROBOT_MEASURES) if name not in _RENAMED]
    return {
        **{name: human[name] for name in _OF_THE_CLIP},
        "robot": robot,
        **fate_columns(against),
        "notes": result["notes"],
        "human_key": human["key"],
        "key": result["key"],
        "cache_path": result["path"],
        **{column: measures.get(name) for name, column in _RENAMED.items()},
        **{name: measures.get(name) for name in names},
    }


def _failure(result: Mapping[str, Any]) -> Verdict:
    gate, frame = result.get("gate") or UNSOLVED, result.get("frame")
    return Verdict(gate=gate, fate=REJECTED, reason=result["failure"], frame=frame)

"""The table of robots' clips: one row a clip and robot, with its measures and its one fate."""

from collections.abc import Mapping, Sequence
from typing import Any

from retarget.quality.gates import RetargetGates, Verdict, judge_retargeted

Rows = Sequence[Mapping[str, Any]]
UNSOLVED = "not_retargeted"
"""Page of the books for clips without a result."""
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
        human: Accepted rows of the human clip table.
        results: Clip id to `key path failure notes measures` of the stage.
        gates: Judge the measures anew; nothing is solved again when they change.

    Returns:
        Columns of the human clip; `robot`; `fate reason reason_of notes`, `reason_of` the
        measure or flag of the first reason, for the books; `human_key key cache_path output_frames output_seconds`; all measures,
        None where there is no result. All rows have the same columns.
    """
    taken = {*_OF_THE_CLIP, *_RENAMED}
    names = sorted({name for each in results.values() for name in each["measures"]} - taken)
    return [_row(robot, row, results[row["clip_id"]], gates, names) for row in human]


def _row(
    robot: str,
    human: Mapping[str, Any],
    result: Mapping[str, Any],
    gates: RetargetGates,
    names: Sequence[str],
) -> dict[str, Any]:
    measures = result["measures"]
    verdict = Verdict(fate="rejected", reasons=(result["failure"],), measures=(UNSOLVED,))
    if result["path"]:
        verdict = judge_retargeted(measures, gates)
    return {
        **{name: human[name] for name in _OF_THE_CLIP},
        "robot": robot,
        "fate": verdict.fate,
        "reason": "; ".join(verdict.reasons),
        "reason_of": next(iter(verdict.measures), ""),
        "notes": result["notes"],
        "human_key": human["key"],
        "key": result["key"],
        "cache_path": result["path"],
        **{column: measures.get(name) for name, column in _RENAMED.items()},
        **{name: measures.get(name) for name in names},
    }

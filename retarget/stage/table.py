"""The table of robots' clips: one row a clip and robot, with its measures and its one fate."""

from collections.abc import Mapping, Sequence
from typing import Any

from motionlib.corpus.row import UNREADABLE
from motionlib.measure import columns_of
from motionlib.stages.result import StageResult
from motionlib.stages.verdicts import (
    FLAGGED,
    REJECTED,
    Verdict,
    fate_columns,
    worst_first,
)
from retarget.quality.gates import UNSOLVED, RetargetGates, judge_retargeted
from retarget.quality.measure_table import ROBOT_MEASURES
from retarget.stage.sources import SourceClip

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
_OF_THE_FATE = (*fate_columns([]), "notes")
_RENAMED = {"frames": "output_frames", "seconds": "output_seconds"}


def robot_rows(
    robot: str, human: Rows, results: Mapping[str, StageResult], gates: RetargetGates
) -> list[dict[str, Any]]:
    """Rows of one robot, in the order of the human table.

    A clip whose human motion was flagged is flagged at best, for the human's reason too.

    Args:
        robot: What it is called.
        human: Kept rows of the human clip table.
        results: Clip id to what the stage made of it.
        gates: Judge the measures anew; nothing is solved again when they change.

    Returns:
        Columns of the human clip; `robot`; `fate reason`, and `gate value threshold frame` of the
        first reason; `notes`, the human's and then the robot's; `human_key key cache_path
        output_frames output_seconds`; the columns of `ROBOT_MEASURES`, None where there is no
        result.
    """
    return [_row(robot, row, results[row["clip_id"]], gates) for row in human]


def with_rejected(robot: str, rows: Rows, human: Rows) -> list[dict[str, Any]]:
    """The rows of a robot, and of the human clips that never came to it, with the human's fate.

    Args:
        robot: What it is called.
        rows: Of `robot_rows`.
        human: All rows of the human clip table, whose order is kept.
    """
    found = {row["clip_id"]: dict(row) for row in rows}
    return [
        found.get(row["clip_id"])
        or _laid_out(robot, row, {name: row[name] for name in _OF_THE_FATE})
        for row in human
    ]


def row_of_source(clip: SourceClip, *, accept_implausible: bool = False) -> dict[str, Any]:
    """What the human clip table would say of a motion that comes from no recording.

    Args:
        clip: Rejected if it cannot be true, flagged if that is doubtful.
        accept_implausible: Whether it is flagged at worst.
    """
    against = [
        Verdict(
            gate=each.gate,
            fate=REJECTED if each.impossible and not accept_implausible else FLAGGED,
            reason=each.reason,
            value=each.value,
            threshold=each.bound,
        )
        for each in clip.findings
    ]
    return {
        **_unrecorded(clip.clip_id, clip.provenance.source),
        "weight": clip.weight,
        "sha256": clip.provenance.source_sha256,
        "source_fps": clip.fps,
        "seconds": clip.seconds,
        **fate_columns(worst_first(against)),
    }


def row_of_refused(name: str, path: str, reason: str) -> dict[str, Any]:
    """The same of a file that gives no motion.

    Args:
        name: In place of a clip's id.
        path: Of the file.
        reason: For people.
    """
    refused = Verdict(gate=UNREADABLE, fate=REJECTED, reason=reason)
    return {**_unrecorded(name, path), **fate_columns([refused])}


def _unrecorded(clip_id: str, path: str) -> dict[str, Any]:
    return {
        "clip_id": clip_id,
        "dataset": "",
        "subset": "",
        "split": "train",
        "weight": 0.0,
        "path": path,
        "sha256": "",
        "source_fps": 0.0,
        "seconds": 0.0,
        "notes": "",
        "key": "",
    }


def _row(
    robot: str, human: Mapping[str, Any], result: StageResult, gates: RetargetGates
) -> dict[str, Any]:
    against = [_failure(result)]
    if result.cache_path:
        against = worst_first([*judge_retargeted(result.measures, gates), *_handed_on(human)])
    notes = "; ".join(filter(None, (human["notes"], *result.notes)))
    return _laid_out(robot, human, {**fate_columns(against), "notes": notes}, result)


def _handed_on(human: Mapping[str, Any]) -> list[Verdict]:
    """What the human clip was flagged for."""
    if human["fate"] != FLAGGED:
        return []
    told = {name: human[name] for name in ("gate", "reason", "value", "threshold", "frame")}
    return [Verdict(fate=FLAGGED, **told)]


def _failure(result: StageResult) -> Verdict:
    gate = result.gate or UNSOLVED
    return Verdict(gate=gate, fate=REJECTED, reason=result.reason, frame=result.frame)


def _laid_out(
    robot: str, human: Mapping[str, Any], fate: Mapping[str, Any], result: StageResult | None = None
) -> dict[str, Any]:
    """A row with all columns of the table, in their order."""
    measures = result.measures if result else {}
    names = [name for name in columns_of(ROBOT_MEASURES) if name not in _RENAMED]
    return {
        **{name: human[name] for name in _OF_THE_CLIP},
        "robot": robot,
        **fate,
        "human_key": human["key"],
        "key": result.key if result else "",
        "cache_path": result.cache_path if result else "",
        **{column: measures.get(name) for name, column in _RENAMED.items()},
        **{name: measures.get(name) for name in names},
    }

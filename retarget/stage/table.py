"""The table of robots' clips: one row a clip and robot, with its measures and its one fate."""

from collections.abc import Mapping, Sequence
from typing import Any

from motionlib.corpus.row import UNREADABLE
from motionlib.stages.result import StageResult
from retarget.quality.gates import (
    ACCEPTED,
    FLAGGED,
    REJECTED,
    RetargetGates,
    Verdict,
    judge_retargeted,
)
from retarget.stage.sources import SourceClip

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
_OF_THE_HUMAN_FATE = ("fate", "reason", "gate", "value", "threshold", "frame", "notes")
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
        Columns of the human clip; `robot`; `fate reason reason_of notes`, `reason_of` the
        measure or flag of the first reason, for the books, `notes` the human's and then the
        robot's; `human_key key cache_path output_frames output_seconds`; all measures,
        None where there is no result. All rows have the same columns.
    """
    taken = {*_OF_THE_CLIP, *_RENAMED}
    names = sorted({name for each in results.values() for name in each.measures} - taken)
    return [_row(robot, row, results[row["clip_id"]], gates, names) for row in human]


def with_rejected(robot: str, rows: Rows, human: Rows) -> list[dict[str, Any]]:
    """The rows of a robot, and of the human clips that never came to it, with the human's fate.

    Args:
        robot: What it is called.
        rows: Of `robot_rows`.
        human: All rows of the human clip table, whose order is kept.
    """
    found = {row["clip_id"]: dict(row) for row in rows}
    columns: dict[str, Any] = dict.fromkeys(next(iter(found.values()), {}))
    return [
        found.get(row["clip_id"]) or {**columns, **_of_the_human(robot, row), **_fate_of(row)}
        for row in human
    ]


def row_of_source(clip: SourceClip) -> dict[str, Any]:
    """What the human clip table would say of a motion that comes from no recording."""
    return {
        **dict.fromkeys(_OF_THE_HUMAN_FATE),
        "clip_id": clip.clip_id,
        "dataset": "",
        "subset": "",
        "split": "train",
        "weight": clip.weight,
        "path": clip.provenance.source,
        "sha256": clip.provenance.source_sha256,
        "source_fps": clip.fps,
        "seconds": clip.seconds,
        "fate": ACCEPTED,
        "reason": "",
        "gate": "",
        "notes": "",
        "key": "",
    }


def row_of_refused(name: str, path: str, reason: str) -> dict[str, Any]:
    """The same of a file that gives no motion.

    Args:
        name: In place of a clip's id.
        path: Of the file.
        reason: For people.
    """
    return {
        **dict.fromkeys((*_OF_THE_CLIP, *_OF_THE_HUMAN_FATE)),
        "clip_id": name,
        "dataset": "",
        "subset": "",
        "split": "train",
        "weight": 0.0,
        "path": path,
        "sha256": "",
        "seconds": 0.0,
        "fate": REJECTED,
        "reason": reason,
        "gate": UNREADABLE,
        "notes": "",
        "key": "",
    }


def _row(
    robot: str,
    human: Mapping[str, Any],
    result: StageResult,
    gates: RetargetGates,
    names: Sequence[str],
) -> dict[str, Any]:
    measures = result.measures
    verdict = Verdict(
        fate="rejected", reasons=(result.reason,), measures=(result.gate or UNSOLVED,)
    )
    if result.cache_path:
        verdict = _handed_on(human, judge_retargeted(measures, gates))
    return {
        **_of_the_human(robot, human),
        "fate": verdict.fate,
        "reason": "; ".join(verdict.reasons),
        "reason_of": next(iter(verdict.measures), ""),
        "notes": "; ".join(filter(None, (human["notes"], *result.notes))),
        "key": result.key,
        "cache_path": result.cache_path,
        **{column: measures.get(name) for name, column in _RENAMED.items()},
        **{name: measures.get(name) for name in names},
    }


def _handed_on(human: Mapping[str, Any], verdict: Verdict) -> Verdict:
    """The verdict with what the human clip was flagged for."""
    if human["fate"] != FLAGGED:
        return verdict
    return Verdict(
        fate=FLAGGED if verdict.fate == ACCEPTED else verdict.fate,
        reasons=(*verdict.reasons, human["reason"]),
        measures=(*verdict.measures, human["gate"]),
    )


def _of_the_human(robot: str, human: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: human[name] for name in _OF_THE_CLIP}
    return {**told, "robot": robot, "human_key": human["key"]}


def _fate_of(human: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a clip that the human gates rejected."""
    return {
        "fate": human["fate"],
        "reason": human["reason"],
        "reason_of": human["gate"],
        "notes": human["notes"],
        "key": "",
        "cache_path": "",
    }

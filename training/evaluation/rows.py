"""One case's row of the per-motion table."""

from collections.abc import Mapping
from typing import Any

from training.evaluation.cases import Cases
from training.evaluation.config import Thresholds
from training.evaluation.verdicts import Verdict


def case_row(
    cases: Cases,
    case_id: int,
    *,
    controller: str,
    verdict: Verdict | None,
    measured: Mapping[str, Any],
    evaluated_frames: int,
    thresholds: Thresholds,
) -> dict[str, Any]:
    """Columns of the table for one case.

    Args:
        cases: All of them.
        case_id: Which one.
        controller: Name of what drove the robot.
        verdict: None for a case too short to be judged.
        measured: Measures by column; null where there is nothing to measure.
        evaluated_frames: Frames that were really measured, the first included.
        thresholds: Of the robot.
    """
    frames, fps = int(cases.num_frames[case_id]), cases.fps
    seconds = (frames - 1) / fps
    row = {
        "case": cases.names[case_id],
        **cases.facts(case_id, thresholds),
        "controller": controller,
        "frames": frames,
        "seconds": seconds,
        "evaluated_frames": evaluated_frames,
        "evaluated_seconds": (evaluated_frames - 1) / fps,
        **dict.fromkeys(("success", "survived", "survived_s", "failure_s", "failure_cause")),
        **measured,
    }
    if verdict is not None:
        down, failed = verdict.down_frame, verdict.failure_frame
        row["success"] = failed is None
        row["survived"] = down is None
        row["survived_s"] = seconds if down is None else down / fps
        row["failure_s"] = None if failed is None else failed / fps
        row["failure_cause"] = verdict.failure_cause
    return row

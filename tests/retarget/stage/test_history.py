import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.stages.verdicts import plain_bounds
from retarget.quality.gates import BOUNDED, RetargetGates
from retarget.stage.books import ROBOT_BOOKS, ROBOT_TABLE
from retarget.stage.history import robot_histories


def write(folder: Path, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), folder / ROBOT_TABLE)
    (folder / ROBOT_BOOKS).write_text(json.dumps({"bounds": plain_bounds(RetargetGates())}))


def row(robot: str, path: str, value: float | None) -> dict[str, Any]:
    return {
        "clip_id": "a", "robot": robot, "fate": "accepted" if path else "rejected",
        "reason": "" if path else "no feet", "gate": "" if path else "not_retargeted",
        "notes": "the floor lay low", "key": "k",
        "cache_path": path, "output_frames": 30, "fps": 30.0,
        "library": "g1_motion_lib_train" if path else "", "library_index": 4 if path else None,
        "library_file": "train_1.pt" if path else "",
        "skate_frame": 7, **dict.fromkeys(BOUNDED, value),
    }  # fmt: skip


def test_a_clip_is_told_for_every_robot(tmp_path: Path) -> None:
    write(tmp_path, [row("g1", "k.safetensors", 0.5), row("h1", "", None)])
    good, bad = robot_histories(tmp_path, "a")
    assert (good.robot, good.fate) == ("g1", "accepted")
    assert good.facts["library"] == "g1_motion_lib_train/train_1.pt, motion 4"
    assert good.facts["remark"] == "the floor lay low"
    skate = next(each for each in good.measures if each["measure"] == "skate_mean_cm_s")
    bound = RetargetGates().skate_mean_cm_s
    assert (skate["value"], skate["accept"], skate["frame"]) == (0.5, bound.accept, 7)
    assert skate["unit"] == "cm/s"
    assert (bad.fate, bad.reason, list(bad.measures)) == ("rejected", "no feet", [])
    assert bad.facts["retargeted"] == "no"


def test_a_clip_that_went_to_no_robot_has_no_history(tmp_path: Path) -> None:
    assert robot_histories(tmp_path, "a") == []
    write(tmp_path, [row("g1", "k.safetensors", 0.5)])
    assert robot_histories(tmp_path, "b") == []

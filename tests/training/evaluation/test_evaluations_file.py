from pathlib import Path

import pyarrow.parquet as pq
import pytest

from motionlib.errors import FormatError
from training.evaluation.evaluations_file import EvaluationsFile, read_evaluations


def row(steps: int, **scores: float | None) -> dict[str, object]:
    return {"steps": steps, "epoch": steps // 10, "checkpoint": "", "num_motions": 2, **scores}


def test_rows_of_after_a_kill_are_forgotten_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.parquet"
    first = EvaluationsFile(path, steps=0)
    for steps in (10, 20, 30):
        first.add(row(steps, success_rate=0.5))
    second = EvaluationsFile(path, steps=20)
    second.add({**row(30, success_rate=0.75), "checkpoint": "score_based.ckpt"})
    found = read_evaluations(path)
    assert [each["steps"] for each in found] == [10, 20, 30]
    assert [each["success_rate"] for each in found] == [0.5, 0.5, 0.75]
    assert [each["checkpoint"] for each in found] == ["", "", "score_based.ckpt"]


def test_a_score_that_was_not_measured_before_is_null(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.parquet"
    EvaluationsFile(path, steps=0).add(row(10, success_rate=None))
    EvaluationsFile(path, steps=10).add(row(20, success_rate=1.0, power_mean=3.5))
    table = pq.read_table(path)
    assert table.column("power_mean").to_pylist() == [None, 3.5]
    assert table.column("success_rate").to_pylist() == [None, 1.0]
    assert str(table.schema.field("steps").type) == "int64"
    assert str(table.schema.field("success_rate").type) == "double"


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.parquet"
    path.write_bytes(b"no table")
    with pytest.raises(FormatError, match=r"evaluations\.parquet: not a readable Parquet"):
        EvaluationsFile(path, steps=0)

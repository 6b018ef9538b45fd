import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.history import history_of


def test_what_the_training_wrote_goes_before_everything(save: Save, tmp_path: Path) -> None:
    save("evaluation/per_motion.parquet", {"walk": {}})
    rows = [
        {"steps": 2000, "epoch": 2, "success_rate": 0.5, "note": "b"},
        {"steps": 1000, "epoch": 1, "success_rate": None, "note": "a"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "evaluations.parquet")
    history = history_of(tmp_path)
    assert history.source == "evaluations.parquet"
    assert [row["steps"] for row in history.rows] == [1000, 2000]
    assert list(history.scores) == ["success_rate"]
    assert history.curves(["success_rate"]) == {"success rate": {"": [(2000.0, 0.5)]}}


def test_tables_of_checkpoints_are_ordered_by_their_steps_and_apart_by_library(
    save: Save, tmp_path: Path
) -> None:
    for steps, failure, artifact in ((3000, None, "a"), (1000, 0.5, "a"), (3000, 0.5, "b")):
        facts = {"trained_env_steps": steps, "checkpoint": "last.ckpt", "artifact": artifact}
        facts |= {"checkpoint_sha256": str(steps), "motions_sha256": artifact}
        rows = {"walk": {"failure_s": failure}, "turn": {}}
        save(f"evaluation-{steps}-{artifact}/per_motion.parquet", rows, **facts)
        save(f"copy-{steps}-{artifact}/per_motion.parquet", rows, **facts)
    history = history_of(tmp_path)
    found = [(row["steps"], row["library"], row["success_rate"]) for row in history.rows]
    assert found == [(1000, "a", 0.5), (3000, "a", 1.0), (3000, "b", 0.5)]
    assert history.chosen()[:2] == ["success_rate", "survival_rate"]
    assert history.chosen(["action_rate"]) == ["action_rate"]
    assert set(history.curves(["success_rate"])["success rate"]) == {"a", "b"}
    with pytest.raises(FormatError, match=r"have no 'sucess_rate'; nearest: success_rate"):
        history.chosen(["sucess_rate"])


def test_scores_of_the_learning_curve_are_the_last_resort(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    records = [
        {"event": "epoch", "step": 1000, "train/reward": 0.5},
        {"event": "score", "step": 2000, "score/global_error_m": 0.02},
        {"event": "score", "step": 1000, "score/global_error_m": 0.04},
    ]
    text = "\n".join(json.dumps(record) for record in records)
    (tmp_path / "logs" / "progress.jsonl").write_text(text + "\n")
    history = history_of(tmp_path)
    assert [row["global_error_m"] for row in history.rows] == [0.04, 0.02]


def test_what_is_not_there_or_broken_is_named(save: Save, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"has no evaluations\.parquet.*motion evaluate"):
        history_of(tmp_path)
    save("evaluation/per_motion.parquet", {"walk": {}})
    with pytest.raises(FormatError, match="does not note trained_env_steps"):
        history_of(tmp_path)
    (tmp_path / "evaluations.parquet").write_bytes(b"no table")
    with pytest.raises(FormatError, match=r"evaluations\.parquet: not a readable"):
        history_of(tmp_path)
    pq.write_table(pa.table({"epoch": [1]}), tmp_path / "evaluations.parquet")
    with pytest.raises(FormatError, match="whole steps"):
        history_of(tmp_path)

from pathlib import Path

import pyarrow.parquet as pq

from tests.pipelines.cli.test_report_compare import save


def test_the_worst_motions_with_cause_and_time(motion, tmp_path: Path) -> None:
    path = save(tmp_path / "per_motion.parquet", 0.1, fails="m3")
    table = tmp_path / "w.parquet"
    done = motion("report", "worst", path, "--count", 2, "--table", table)
    assert done.status == 0
    head, _, first, second = done.output.splitlines()
    assert "by body_pos_error_mean" in head
    assert "worst of 8 motions" in head
    assert first.split() == ["m3", "10", "cm", "fall", "0.50", "s", "1.00", "s"]
    assert second.split()[0] == "m0"
    assert [each["motion"] for each in pq.read_table(table).to_pylist()] == ["m3", "m0"]


def test_slips_are_refused(motion, tmp_path: Path) -> None:
    path = save(tmp_path / "per_motion.parquet", 0.1)
    assert "nearest: success" in motion("report", "worst", path, "--by", "sucess").errors
    assert "--count is 0" in motion("report", "worst", path, "--count", 0).errors
    assert "by success: none" in motion("report", "worst", path, "--by", "success").output

"""`motion retarget report` writes one file, and says why it cannot."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.cli.main import main


def write_table(folder: Path, method: str) -> None:
    folder.mkdir()
    row = {"name": "a", "robot": "g1", "source": "smpl", "method": method, "fate": "rejected"}
    row |= {"reason": "NaN in frame 3", "seconds": 1.5}
    pq.write_table(pa.Table.from_pylist([row]), folder / "retargeted.parquet")


def test_a_report_beside_its_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(tmp_path / "run", "native")
    assert main(["retarget", "report", str(tmp_path / "run")]) == 0
    assert "NaN in frame 3" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "1 clip in" in capsys.readouterr().err


def test_two_runs_of_one_method_are_called_by_their_folders(tmp_path: Path) -> None:
    write_table(tmp_path / "run", "native")
    write_table(tmp_path / "smooth", "native")
    arguments = ["retarget", "report", str(tmp_path / "run"), "--other", str(tmp_path / "smooth")]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "native against smooth" in text


def test_no_run_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retarget", "report", str(tmp_path)]) == 2
    assert "no such table" in capsys.readouterr().err

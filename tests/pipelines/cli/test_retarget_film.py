"""`motion retarget film` writes a picture that moves, and says why it cannot."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from motionlib.robot import Robot
from pipelines.cli.main import main
from tests.retarget.report.test_folder import write_run


def test_a_film_of_two_runs(g1: Robot, microduck: Robot, tmp_path: Path) -> None:
    write_run(tmp_path / "g1", g1)
    write_run(tmp_path / "duck", microduck)
    film = tmp_path / "film.gif"
    runs = [str(tmp_path / "g1"), str(tmp_path / "duck")]
    words = ["--clip", "a", "--output", str(film), "--seconds", "0.05"]
    assert main(["retarget", "film", *runs, *words]) == 0
    # the human once, and a robot for each run
    assert Image.open(film).width == 3 * 138 + 2 * 3


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["retarget", "film", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_what_cannot_be_filmed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    row = {"name": "CMU/01", "robot": "g1", "source": "smpl", "fate": "rejected", "reason": "NaN"}
    pq.write_table(pa.Table.from_pylist([{**row, "seconds": 1.0}]), folder / "retargeted.parquet")
    film = ("--output", str(tmp_path / "x.gif"))
    assert "nearest: CMU/01" in refused(capsys, str(folder), "--clip", "CMU/1", *film)
    assert "CMU/01 has no motion there" in refused(capsys, str(folder), "--clip", "CMU/01", *film)
    said = refused(capsys, str(folder), "--clip", "CMU/01", "--output", "x.mp4")
    assert "x.mp4" in said
    assert ".gif" in said
    assert "no folder was named" in refused(capsys, "--clip", "CMU/01", *film)
    assert not (tmp_path / "x.gif").exists()

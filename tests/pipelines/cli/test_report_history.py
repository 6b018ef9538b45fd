from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.evaluation.test_report import Page


@pytest.fixture
def run(motion_home: Path) -> Path:
    folder = motion_home / "results" / "mine"
    folder.mkdir(parents=True)
    rows = [
        {"steps": 1000 * k, "epoch": k, "success_rate": k / 4, "gt_err": 1 / k} for k in (1, 2, 3)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "evaluations.parquet")
    return folder


def test_a_table_a_page_and_a_picture(motion, run: Path, tmp_path: Path) -> None:
    done = motion("report", "history", "mine")
    assert (done.status, done.errors) == (0, f"page: {run / 'history.html'}\n")
    assert done.output.splitlines()[-1].split() == ["3,000", "3", "0.75"]
    html = (run / "history.html").read_text(encoding="utf-8")
    assert html.count("<svg") == 1
    assert Page(html).open == Page(html).loads == []
    picture, table = tmp_path / "h.png", tmp_path / "h.csv"
    words = ("--columns", "gt_err", "--output", picture, "--table", table)
    assert motion("report", "history", run, *words).status == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert table.read_text().splitlines()[0] == "steps,epoch,success_rate,gt_err"


def test_slips_are_refused(motion, run: Path) -> None:
    for words, said in (
        (("mien",), "nearest: mine"),
        (("mine", "--output", "h.pdf"), "expected a name that ends in .html or .png"),
        (("mine", "--columns", "gt_er"), "nearest: gt_err"),
    ):
        done = motion("report", "history", *words)
        assert done.status == 2
        assert said in done.errors

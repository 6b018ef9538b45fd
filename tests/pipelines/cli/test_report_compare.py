from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.evaluation.comparing.conftest import row
from training.evaluation.tables import save_table, table_from_rows

FACTS = {"artifact": "walk:v0", "motions_sha256": "ab" * 32}
MOTIONS = [f"m{i}" for i in range(8)]


def save(path: Path, error: float, *, fails: str = "", **facts: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        row(name, body_pos_error_mean=error, **({"failure_s": 0.5} if name == fails else {}))
        for name in MOTIONS
    ]
    save_table(path, table_from_rows(rows, {**FACTS, **facts}))
    return path


@pytest.fixture
def sides(motion_home: Path) -> tuple[str, str]:
    save(motion_home / "results" / "old" / "evaluation" / "per_motion.parquet", 0.1)
    save(motion_home / "results" / "new" / "evaluation" / "per_motion.parquet", 0.05, fails="m3")
    return "old", "new"


def test_a_comparison_on_the_terminal_a_page_and_tables(motion, sides, tmp_path: Path) -> None:
    page, table, rows = (tmp_path / name for name in ("c.html", "t.parquet", "m.csv"))
    done = motion(
        "report", "compare", *sides, "--output", page, "--table", table, "--motions", rows
    )
    assert (done.status, done.errors) == (0, f"page: {page}\n")
    assert "new against old" in done.output
    line = next(line for line in done.output.splitlines() if "body pos error mean, cm" in line)
    assert line.split()[-7:] == ["10", "5", "-5", "p", "=", "0.008", "better"]
    assert "success only under old, 1 motion: m3, fall" in done.output
    assert "Fewer than 30 motions have p" in done.output
    assert "<h1>new against old</h1>" in page.read_text(encoding="utf-8")
    found = {each["measure"]: each for each in pq.read_table(table).to_pylist()}
    assert found["success"]["second"] == 7 / 8
    assert found["body_pos_error_mean"]["p"] == 2 / 2**8
    assert len(rows.read_text().splitlines()) == 9


def test_motions_of_one_side_make_status_1(motion, sides, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("clip,mm\nm0,40\nm1,50\nother,60\n")
    columns = ("--columns", "mm=body_pos_error_mean*0.001")
    page = ("--output", tmp_path / "c.html")
    done = motion("report", "compare", "old", theirs, "--labels", "ours", "them", *columns, *page)
    assert done.status == 1
    assert "note: 1 motion of them not in ours, left out: other" in done.errors
    assert "note: 6 motions of ours not in them" in done.errors
    assert "too few motions to tell" in done.output


def test_slips_and_other_libraries_are_refused(motion, sides, motion_home: Path) -> None:
    other = save(motion_home / "other.parquet", 0.1, motions_sha256="cd" * 32)
    for words, said in (
        (("old",), "1 evaluation given, expected two or more"),
        ((*sides, "--labels", "one"), "--labels: 1 given, expected 2"),
        ((*sides, "--resamples", "3"), "--resamples is 3"),
        ((*sides, "--table", "t.xlsx"), "expected a name that ends in"),
        (("old", "nwe"), "nearest: new"),
        (("old", other), "different libraries"),
    ):
        done = motion("report", "compare", *words)
        assert (done.status, done.output) == (2, ""), words
        assert said in done.errors

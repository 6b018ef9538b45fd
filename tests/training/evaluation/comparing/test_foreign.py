import json
import math
from pathlib import Path

import pytest

from motionlib.errors import FormatError
from training.evaluation.comparing.foreign import side_of_foreign
from training.evaluation.comparing.sides import Side


def read(path: Path, text: str, **columns: str) -> Side:
    path.write_text(text, encoding="utf-8")
    return side_of_foreign(path, label="theirs", columns=columns)


def test_protomotions_names_become_ours(tmp_path: Path) -> None:
    content = {
        "CMU/01/01_01": {"gt_err": 0.05, "gr_err_degrees": 90.0, "failed": True, "fun": 3.0},
        "CMU/01/01_02": {"gt_err": 0.04, "gr_err_degrees": 9.0, "failed": False, "fun": None},
    }
    side = read(tmp_path / "theirs.json", json.dumps(content))
    first = side.rows["", "CMU/01/01_01"]
    assert first["body_pos_error_mean"] == 0.05
    assert first["body_rot_error_mean"] == pytest.approx(math.pi / 2)
    assert (first["success"], side.rows["", "CMU/01/01_02"]["success"]) == (0.0, 1.0)
    assert side.measures["success"].share
    assert side.measures["body_pos_error_mean"].unit == "m"
    assert side.rows["", "CMU/01/01_02"]["fun"] is None
    assert "gt_err is read as body_pos_error_mean" in side.notes
    assert "failed turned round is read as success" in side.notes


def test_a_csv_with_columns_that_a_person_maps(tmp_path: Path) -> None:
    text = "clip,mpjpe_mm,ok,who\nwalk,50,true,me\nturn,,false,you\nhop,nan,true,me\n"
    columns = {"mpjpe_mm": "body_pos_error_mean*0.001", "ok": "success", "clip": "motion_name"}
    side = read(tmp_path / "theirs.csv", text, **columns)
    assert side.rows["", "walk"]["body_pos_error_mean"] == pytest.approx(0.05)
    assert side.rows["", "turn"]["body_pos_error_mean"] is None
    assert side.not_finite == {"body_pos_error_mean": ("hop",)}
    assert side.rows["", "turn"]["success"] == 0.0
    # text is no measure
    assert set(side.measures) == {"body_pos_error_mean", "success"}
    assert "mpjpe_mm × 0.001 is read as body_pos_error_mean" in side.notes


def test_our_own_name_goes_before_an_alias(tmp_path: Path) -> None:
    side = read(tmp_path / "t.csv", "name,gt_err,body_pos_error_mean\nwalk,1,2\n")
    assert side.rows["", "walk"]["body_pos_error_mean"] == 2.0


@pytest.mark.parametrize(
    ("file", "text", "columns", "said"),
    [
        ("t.json", "[1, 2", {}, "is no JSON"),
        ("t.json", "[" * 100_000, {}, "is no JSON"),
        ("t.json", "[1, 2]", {}, "expected a list of rows"),
        ("t.json", "[]", {}, "holds no rows"),
        ("t.csv", "err\n1\n", {}, "no column names the clip.*--columns theirs=motion_name"),
        ("t.csv", "clip,err\n,1\n", {}, "row 1 has no clip"),
        ("t.csv", "clip,err\na,1\na,2\n", {}, "one row for each motion, found several of a"),
        ("t.csv", "clip,err\na,1\n", {"er": "x"}, "has no column 'er'; nearest: err"),
        ("t.csv", "clip,err\na,much\n", {"err": "x"}, "column err holds text, expected numbers"),
        ("t.csv", "clip,err\na,1\n", {"err": "x*y"}, "column err is 'x\\*y'"),
        ("t.csv", "clip,p,q\na,1,2\n", {"p": "x", "q": "x"}, "p and q both become x"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, file: str, text: str, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(FormatError, match=said):
        read(tmp_path / file, text, **columns)

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from motionlib.errors import MotionError
from pipelines.cli.report_tables import check_table, columns_of, write_table

ROWS = [{"motion": "walk", "error": 0.5}, {"motion": "turn", "error": None}]


def test_rows_as_parquet_or_csv(tmp_path: Path) -> None:
    write_table(tmp_path / "t.parquet", ROWS)
    assert pq.read_table(tmp_path / "t.parquet").to_pylist() == ROWS
    write_table(tmp_path / "t.csv", ROWS)
    assert (tmp_path / "t.csv").read_text() == "motion,error\nwalk,0.5\nturn,\n"
    with pytest.raises(MotionError, match=r"t\.xlsx: expected a name that ends in \.parquet"):
        check_table(tmp_path / "t.xlsx")


def test_columns_of_another_project() -> None:
    assert columns_of(["a=b", "c=d*0.001"]) == {"a": "b", "c": "d*0.001"}
    for words, said in ((["a"], "--columns a: expected theirs=ours"), (["a=b", "a=c"], "twice")):
        with pytest.raises(MotionError, match=said):
            columns_of(words)

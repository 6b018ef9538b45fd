"""Tables and lists of clip names."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from motionlib.errors import FormatError
from motionlib.formats.name_table import read_name_list, read_renames, read_weights


def test_weights_from_every_kind_of_table(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("name,note,weight\na b,x,0.5\nü,,2\n", encoding="utf-8-sig")
    (tmp_path / "w.yaml").write_text("a b: 0.5\nü: 2\n", encoding="utf-8")
    parquet.write_table(
        pa.table({"weight": [0.5, 2.0], "name": ["a b", "ü"]}), tmp_path / "w.parquet"
    )
    for suffix in ("csv", "yaml", "parquet"):
        assert read_weights(tmp_path / f"w.{suffix}") == {"a b": 0.5, "ü": 2.0}


def test_renames_and_lists(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("name,new_name\na,b\n")
    assert read_renames(tmp_path / "n.csv") == {"a": "b"}
    (tmp_path / "l.txt").write_text("# chosen\n a \n\nb/c\n")
    (tmp_path / "l.yaml").write_text("[a, b/c]")
    assert read_name_list(tmp_path / "l.txt") == read_name_list(tmp_path / "l.yaml") == ["a", "b/c"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.csv", b"name,wieght\na,1\n", "no column 'weight'; nearest: wieght"),
        ("w.csv", b"", "no column 'name'"),
        ("w.csv", b"name,weight\n", "no rows"),
        ("w.csv", b"name,weight\na\n", "a has weight None"),
        ("w.csv", b"name,weight\na,nan\n", "a has weight 'nan'"),
        ("w.csv", b"name,weight\na,-1\n", "a has weight '-1'"),
        ("w.csv", b"name,weight\na,1\na,2\n", "names twice: a"),
        ("w.csv", b"name,weight\n\xff,1\n", "not UTF-8"),
        ("w.yaml", b"[a, b]", "expected a mapping"),
        ("w.yaml", b"a: [1", "not yaml"),
        ("w.parquet", b"PAR1", "not a readable Parquet"),
        ("w.json", b"{}", "suffix '.json' is not read"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=message) as refused:
        read_weights(tmp_path / name)
    assert name in str(refused.value)


def test_bad_lists_and_renames_are_refused(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("# nothing\n")
    with pytest.raises(FormatError, match="no names"):
        read_name_list(tmp_path / "l.txt")
    (tmp_path / "l.yaml").write_text("{a: 1}")
    with pytest.raises(FormatError, match="list of names"):
        read_name_list(tmp_path / "l.yaml")
    (tmp_path / "n.csv").write_text("name,new_name\na,\n")
    with pytest.raises(FormatError, match="a has new_name ''"):
        read_renames(tmp_path / "n.csv")


def test_a_parquet_that_is_one_value_a_billion_times_is_refused(tmp_path: Path) -> None:
    rows = 6_000_000
    names = pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()).take(pa.array([0])), ["a"])
    column = pa.chunked_array([names] * 1)
    values = pa.array([1.0])
    table = pa.table({"name": column, "weight": values}).take(pa.array([0] * rows, pa.int32()))
    parquet.write_table(table, tmp_path / "w.parquet")
    assert (tmp_path / "w.parquet").stat().st_size < 100_000
    with pytest.raises(FormatError, match=r"w\.parquet: 6000000 rows, expected at most"):
        read_weights(tmp_path / "w.parquet")
    parquet.write_table(table[:1_000_000], tmp_path / "w.parquet")
    with pytest.raises(FormatError, match=r"w\.parquet: \d+ packed bytes claim to be"):
        read_weights(tmp_path / "w.parquet")

import math

import pytest

from motionlib.errors import FormatError
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.table import (
    TableContext,
    read_clip_ids,
    read_clip_rows,
    read_context,
    write_clip_table,
)
from motionlib.stages.verdicts import at_most


@pytest.fixture
def rows(make_row, make_result):
    ids = ["CMU/a", "Ünïted/b c"]
    return judge([make_row(i) for i in ids], [make_result(i) for i in ids], HumanGates())


def test_rows_and_context_come_back(tmp_path, rows):
    path = tmp_path / "reports" / "clips.parquet"
    gates = HumanGates(self_penetration_max=at_most(math.inf), duplicates=False)
    context = TableContext(root="/a b", store="/c", robot="smpl", settings={"fps": 30}, gates=gates)
    write_clip_table(path, rows, context=context)
    assert read_clip_rows(path) == rows
    assert read_clip_rows(path, "Ünïted/b c") == rows[1:]
    assert read_clip_ids(path) == ["CMU/a", "Ünïted/b c"]
    assert read_context(path) == context
    content = path.read_bytes()
    write_clip_table(path, rows, context=context)
    assert path.read_bytes() == content


def test_a_table_without_context_has_an_empty_one(tmp_path, rows):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "clips.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert read_context(path) == TableContext()


def test_a_table_of_an_older_version_is_refused_with_what_to_do(tmp_path, rows):
    path = tmp_path / "clips.parquet"
    older = [{key: x for key, x in row.items() if key != "gate"} for row in rows]
    write_clip_table(path, older, context=TableContext())
    with pytest.raises(FormatError, match=r"clips.parquet: has no column gate.* run its recipe"):
        read_clip_rows(path)


def test_a_file_that_is_no_table_is_refused_by_name(tmp_path):
    path = tmp_path / "clips.parquet"
    path.write_text("version https://git-lfs.github.com/spec/v1")
    for read in (read_context, read_clip_rows):
        with pytest.raises(FormatError, match=r"clips.parquet: no clip table"):
            read(path)

"""Small tables and JSON beside the motions."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlib.files import atomic_path, write_text

if TYPE_CHECKING:
    import pyarrow as pa


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Rows with equal keys as Parquet; equal rows give equal bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), temporary)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a Parquet table."""
    import pyarrow.parquet as pq

    return pq.read_table(path).to_pylist()


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Plain values as JSON with sorted keys."""
    write_text(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Inverse of `write_json`."""
    return json.loads(path.read_text(encoding="utf-8"))


def with_columns(
    table: "pa.Table", rows: Sequence[Mapping[str, object]], *, leave_out: Collection[str] = ()
) -> "pa.Table":
    """The table with the columns of other rows, joined by `motion_name`; order and metadata stay.

    Args:
        table: One row or more for each motion.
        rows: One for each motion at least, with equal keys; a name that is not there gives nulls.
            A column whose name the table has already is called `clip_<name>`.
        leave_out: Columns of `rows` that are not taken.
    """
    import pyarrow as pa

    by_name = {row["motion_name"]: row for row in rows}
    found = [by_name.get(name, {}) for name in table.column("motion_name").to_pylist()]
    known = {*table.column_names}
    for name in rows[0] if rows else ():
        if name == "motion_name" or name in leave_out:
            continue
        values = pa.array([row.get(name) for row in found])
        table = table.append_column(f"clip_{name}" if name in known else name, values)
    return table

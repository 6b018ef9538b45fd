"""Small tables and JSON beside the motions."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from motionlib.files import atomic_path, write_text


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

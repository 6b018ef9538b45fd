"""`evaluations.parquet`: a row for each evaluation that a run did while it trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.errors import FormatError
from motionlib.files import atomic_path

_FIRST = {"steps": pa.int64(), "epoch": pa.int64(), "checkpoint": pa.string()}
_OTHERS = {"library": pa.string(), "motions": pa.int64(), "motions_judged": pa.int64()}


class EvaluationsFile:
    """The file of one run, rewritten whole with every row: readers see all of a row or nothing."""

    def __init__(self, path: Path, *, steps: int) -> None:
        """Take up the rows that a run has at `steps`; later ones, of before a kill, are forgotten.

        Raises:
            FormatError: The file cannot be read.
        """
        self._path = path
        known = read_evaluations(path) if path.exists() else []
        if missing := [name for name in _FIRST if known and name not in known[0]]:
            raise FormatError(f"{path}: columns {missing} are missing; remove it")
        self._rows = [row for row in known if row["steps"] <= steps]

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one more row.

        Args:
            row: `steps`, `epoch`, `checkpoint`, `library`, counts, and scores by name.

        Raises:
            OSError: It cannot be written; the file stays as it is.
        """
        self._rows.append(dict(row))
        names = list(dict.fromkeys(name for each in self._rows for name in each))
        known = {**_FIRST, **_OTHERS}
        # what an earlier session did not measure is null
        fields = [pa.field(name, known.get(name, pa.float64())) for name in names]
        table = pa.Table.from_pylist(self._rows, schema=pa.schema(fields))
        with atomic_path(self._path) as temporary:
            pq.write_table(table, temporary, compression="zstd")


def read_evaluations(path: Path) -> list[dict[str, Any]]:
    """Rows in the order of their steps.

    Raises:
        FormatError: Not Parquet, or a row without whole steps.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FormatError(
            f"{path}: not a readable Parquet table ({error}); remove it, the run begins a new one"
        ) from error
    rows = table.to_pylist()
    if any(not isinstance(row.get("steps"), int) for row in rows):
        raise FormatError(
            f"{path}: expected a row for each evaluation with whole steps; remove it, the run begins "
            "a new one"
        )
    return sorted(rows, key=lambda row: row["steps"])

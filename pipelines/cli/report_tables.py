"""Tables that reports write for programs: Parquet or CSV, by the suffix."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from motionlib.errors import MotionError
from pipelines.cli.terminal import save_table

_SUFFIXES = (".parquet", ".csv")


def check_table(path: Path) -> None:
    """Refuse a table that could not be written, before anything is computed.

    Raises:
        MotionError: Its suffix is neither of the two.
    """
    if path.suffix not in _SUFFIXES:
        raise MotionError(f"{path}: expected a name that ends in {' or '.join(_SUFFIXES)}")


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows with equal keys.

    Args:
        path: Ends in `.parquet` or `.csv`.
        rows: At least one.

    Raises:
        MotionError: It ends in something else.
    """
    check_table(path)
    if path.suffix == ".csv":
        save_table(path, rows)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    from motionlib.files import atomic_path

    with atomic_path(path) as temporary:
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), temporary)

"""Tables that reports write for programs, Parquet or CSV by the suffix, and columns of foreign ones."""

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


def columns_of(words: Sequence[str]) -> dict[str, str]:
    """Their columns to ours, of words `theirs=ours`.

    Raises:
        MotionError: A word is none, or a column is given twice.
    """
    found: dict[str, str] = {}
    for word in words:
        theirs, equals, ours = word.rpartition("=")
        if not (theirs and equals and ours):
            raise MotionError(f"--columns {word}: expected theirs=ours")
        if theirs in found:
            raise MotionError(f"--columns {theirs}: expected once, found twice")
        found[theirs] = ours
    return found


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

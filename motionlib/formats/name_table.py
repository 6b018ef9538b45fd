"""Tables that people write about clips: name and weight, name and new name, or names alone."""

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from motionlib.containers.bounds import MAX_TABLE_ROWS, check_unpacked, checked_size
from motionlib.containers.yaml_text import load_yaml, read_text
from motionlib.errors import FormatError, KindError, nearest_names, repeated_names
from motionlib.showing import cut, listed, shown, shown_error

_ROW_BYTES = 16
_TABLE_SUFFIXES = (".csv", ".parquet", ".yaml", ".yml")


def read_name_list(path: Path) -> list[str]:
    """Clip names from a text file (one a line, `#` begins a comment) or a yaml list.

    Raises:
        FormatError: Not text, not a list of names, a name twice, or nothing in it.
    """
    path = Path(path)
    if path.suffix in (".yaml", ".yml"):
        names = _yaml(path)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise FormatError(f"{path}: expected a list of names")
    else:
        lines = (line.strip() for line in read_text(path).splitlines())
        names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise FormatError(f"{path}: no names in it")
    _check_once(names, path)
    return names


def read_weights(path: Path) -> dict[str, float]:
    """Weight of each clip: columns `name` and `weight`, or a yaml mapping.

    Raises:
        FormatError: A column is missing, a weight is no number of 0 or more, or a name twice.
    """
    weights = {}
    for name, value in _pairs(Path(path), "weight"):
        try:
            weights[name] = float(value)
        except (TypeError, ValueError, OverflowError):
            weights[name] = math.nan
        if not 0.0 <= weights[name] < math.inf:
            raise FormatError(
                f"{path}: {cut(name)} has weight {shown(value)}; expected a number of 0 or more"
            )
    return weights


def read_renames(path: Path) -> dict[str, str]:
    """New name of each clip: columns `name` and `new_name`, or a yaml mapping.

    Raises:
        FormatError: A column is missing, a new name is empty or no text, or a name twice.
    """
    renames = {}
    for name, value in _pairs(Path(path), "new_name"):
        if not isinstance(value, str) or not value:
            raise FormatError(f"{path}: {cut(name)} has new_name {shown(value)}; expected text")
        renames[name] = value
    return renames


def _pairs(path: Path, column: str) -> list[tuple[str, Any]]:
    if path.suffix in (".yaml", ".yml"):
        content = _yaml(path)
        if not isinstance(content, Mapping):
            raise FormatError(f"{path}: expected a mapping of name to {column}")
        if odd := [name for name in content if not isinstance(name, str | int | float)]:
            raise FormatError(f"{path}: {shown(odd[0])} is no name; expected text")
        pairs = [(str(name), value) for name, value in content.items()]
    elif path.suffix == ".parquet":
        pairs = _from_parquet(path, column)
    elif path.suffix == ".csv":
        pairs = _from_csv(path, column)
    else:
        raise FormatError(
            f"{path}: suffix {path.suffix!r} is not read; expected {', '.join(_TABLE_SUFFIXES)}"
        )
    if not pairs:
        raise FormatError(f"{path}: no rows in it")
    _check_once((name for name, _ in pairs), path)
    return pairs


def _from_csv(path: Path, column: str) -> list[tuple[str, Any]]:
    try:
        rows = csv.reader(read_text(path).splitlines())
        header = next(rows, [])
        _check_columns(header, column, path)
        name_at, value_at = header.index("name"), header.index(column)
        # a blank line is no row; a row that ends early has nothing where it ends
        return [(_cell(row, name_at), _cell(row, value_at)) for row in rows if row]
    except csv.Error as error:
        raise FormatError(f"{path}: not a readable table ({shown_error(error)})") from error


def _cell(row: list[str], index: int) -> Any:
    return row[index] if index < len(row) else None


def _from_parquet(path: Path, column: str) -> list[tuple[str, Any]]:
    try:
        size = checked_size(path)
        file = parquet.ParquetFile(path)
        _check_columns(file.schema_arrow.names, column, path)
        _check_parquet(file.metadata, size, path)
        table = file.read(columns=["name", column])
    except pyarrow.ArrowException as error:
        raise FormatError(f"{path}: not a readable Parquet file ({shown_error(error)})") from error
    names, values = table.column("name").to_pylist(), table.column(column).to_pylist()
    return [(str(name), value) for name, value in zip(names, values, strict=True)]


def _check_parquet(facts: parquet.FileMetaData, size: int, path: Path) -> None:
    """Hold what the footer promises against the file: a column may be one value a million times."""
    if facts.num_rows > MAX_TABLE_ROWS:
        raise FormatError(f"{path}: {facts.num_rows} rows, expected at most {MAX_TABLE_ROWS}")
    groups = [facts.row_group(number) for number in range(facts.num_row_groups)]
    check_unpacked(size, sum(group.total_byte_size for group in groups), str(path))
    check_unpacked(size, facts.num_rows * _ROW_BYTES, str(path))


def _check_columns(found: Iterable[str], column: str, path: Path) -> None:
    for wanted in ("name", column):
        if wanted not in found:
            raise FormatError(f"{path}: no column {wanted!r}; {nearest_names(wanted, found)}")


def _check_once(names: Iterable[str], path: Path) -> None:
    if twice := repeated_names(names):
        raise FormatError(f"{path}: names twice: {listed(twice, 5)}")


def _yaml(path: Path) -> Any:
    try:
        return load_yaml(read_text(path))
    except KindError:
        raise
    except FormatError as error:
        raise FormatError(f"{path}: not yaml ({error})") from error

"""Tables that people write about clips: name and weight, name and new name, or names alone."""

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow
import yaml
from pyarrow import parquet

from motionlib.errors import FormatError, nearest_names, repeated_names

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
        lines = (line.strip() for line in _text(path).splitlines())
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
        except (TypeError, ValueError):
            weights[name] = math.nan
        if not 0.0 <= weights[name] < math.inf:
            raise FormatError(
                f"{path}: {name} has weight {value!r}; expected a number of 0 or more"
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
            raise FormatError(f"{path}: {name} has new_name {value!r}; expected text")
        renames[name] = value
    return renames


def _pairs(path: Path, column: str) -> list[tuple[str, Any]]:
    if path.suffix in (".yaml", ".yml"):
        content = _yaml(path)
        if not isinstance(content, Mapping):
            raise FormatError(f"{path}: expected a mapping of name to {column}")
        pairs = [(str(name), value) for name, value in content.items()]
    elif path.suffix == ".parquet":
        pairs = _from_parquet(path, column)
    elif path.suffix == ".csv":
        reader = csv.DictReader(_text(path).splitlines())
        _check_columns(reader.fieldnames or (), column, path)
        pairs = [(row["name"], row[column]) for row in reader]
    else:
        raise FormatError(
            f"{path}: suffix {path.suffix!r} is not read; expected {', '.join(_TABLE_SUFFIXES)}"
        )
    if not pairs:
        raise FormatError(f"{path}: no rows in it")
    _check_once((name for name, _ in pairs), path)
    return pairs


def _from_parquet(path: Path, column: str) -> list[tuple[str, Any]]:
    try:
        file = parquet.ParquetFile(path)
        _check_columns(file.schema_arrow.names, column, path)
        table = file.read(columns=["name", column])
    except pyarrow.ArrowInvalid as error:
        raise FormatError(f"{path}: not a readable Parquet file ({error})") from error
    names, values = table.column("name").to_pylist(), table.column(column).to_pylist()
    return [(str(name), value) for name, value in zip(names, values, strict=True)]


def _check_columns(found: Iterable[str], column: str, path: Path) -> None:
    for wanted in ("name", column):
        if wanted not in found:
            raise FormatError(f"{path}: no column {wanted!r}; {nearest_names(wanted, found)}")


def _check_once(names: Iterable[str], path: Path) -> None:
    if twice := repeated_names(names):
        raise FormatError(f"{path}: names twice: {', '.join(twice[:5])}")


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(_text(path))
    except yaml.YAMLError as error:
        raise FormatError(f"{path}: not yaml ({error})") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: not UTF-8 text ({error.reason})") from error

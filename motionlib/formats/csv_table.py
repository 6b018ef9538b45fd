"""A text of numbers in columns: encoding, delimiter, decimal mark and header are found out."""

import itertools
import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlib.containers.bounds import (
    MAX_CSV_CELL_CHARACTERS,
    MAX_CSV_HEADER_LINES,
    MAX_CSV_LINE_CHARACTERS,
    checked_size,
)
from motionlib.errors import FormatError
from motionlib.showing import cut, shown

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_LOOKED_AT = 1 << 14
_CONTROL = bytes({*range(32)} - {*b"\t\n\r"})
_DEGREE_SIGN = b"\xb0"
_LAST_LATIN = 0x2FF
_BLANK_BETWEEN_CELLS = re.compile(r"[^\s,]\s+[^\s,]")
_STATED_RATE = re.compile(r"\b(?:fps|frame_?rate|frequency)\s*[:=]?\s*(\d+(?:\.\d+)?)", re.I)
_UNIT_CELL = re.compile(r"[(\[]?\s*(m|cm|mm|rad|deg|degrees|radians|s|sec|ms|-|1|)\s*[)\]]?", re.I)
_FEWEST_NUMBERED = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CsvTable:
    """What one file holds, before anybody asks what its columns mean."""

    path: Path
    header: tuple[str, ...]
    """(C,) name of each column; empty if the file names none."""
    values: np.ndarray
    """(T, C) finite float64."""
    fps: float | None
    """Rate that a comment before the numbers states."""


@dataclass(slots=True)
class _Reading:
    path: Path
    head: list[str] = field(default_factory=list)
    numbers: array = field(default_factory=lambda: array("d"))
    delimiter: str | None = None
    columns: int = 0


def read_csv_table(path: Path) -> CsvTable:
    """Read numbers that commas, semicolons, tabs or blanks part.

    A byte order mark, any line ends, empty lines, a delimiter at the end of a line and, where
    commas do not part cells, decimal commas are read as what they are.

    Raises:
        FormatError: Not text, no rows, rows of several lengths, a cell that is no finite number,
            or a line above the numbers that names another count of columns.
    """
    checked_size(path)
    reading = _Reading(Path(path))
    for number, line in _lines(path):
        if line.strip():
            _take(line, number, reading)
    if not reading.numbers:
        found = f"; line 1 is {shown(reading.head[0].strip())}" if reading.head else ""
        raise FormatError(f"{path}: no rows of numbers; expected one line for each frame{found}")
    values = np.array(reading.numbers).reshape(-1, reading.columns)
    header, values = _header(reading, values)
    return CsvTable(path=path, header=header, values=values, fps=_stated_rate(reading.head))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        encoding = _encoding(file.read(_LOOKED_AT))
    try:
        with path.open(encoding=encoding) as file:
            for number in itertools.count(1):
                line = file.readline(MAX_CSV_LINE_CHARACTERS + 1)
                if not line:
                    return
                if encoding == "utf-16" and max(map(ord, line)) > _LAST_LATIN:
                    raise FormatError(f"{path}: not text (line {number}); expected a CSV")
                if len(line) > MAX_CSV_LINE_CHARACTERS:
                    raise FormatError(
                        f"{path}: line {number} has more than {MAX_CSV_LINE_CHARACTERS} characters "
                        "and more columns than any robot; expected one line for each frame"
                    )
                yield number, line
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else "no UTF-16"
        raise FormatError(
            f"{path}: not text ({reason}); expected a CSV: save it as UTF-8"
        ) from error


def _encoding(start: bytes) -> str:
    marks = (name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark))
    if (marked := next(marks, None)) is not None:
        return marked
    # a degree sign as Windows writes it; binary files hold control characters
    words = start.translate(None, _CONTROL) == start
    return "cp1252" if _DEGREE_SIGN in start and words and b"\xc2" not in start else "utf-8"


def _take(line: str, number: int, reading: _Reading) -> None:
    if line.lstrip().startswith("#"):
        if not reading.columns:
            _keep(line, reading)
        return
    if not reading.columns:
        delimiter = _delimiter(line)
        cells = _cells(line, delimiter)
        if not _holds_numbers(cells):
            _keep(line, reading)
            return
        reading.delimiter, reading.columns = delimiter, len(cells)
    cells = _cells(line, reading.delimiter)
    if len(cells) != reading.columns:
        raise FormatError(
            f"{reading.path}: line {number} has {len(cells)} columns, those above have "
            f"{reading.columns}; the file is cut off or damaged there: repair or cut this frame"
        )
    place = f"{reading.path}: line {number}"
    decimal_comma = reading.delimiter != ","
    reading.numbers.extend(
        _number(cell, f"{place}, column {at}", decimal_comma=decimal_comma)
        for at, cell in enumerate(cells, 1)
    )


def _keep(line: str, reading: _Reading) -> None:
    if len(reading.head) >= MAX_CSV_HEADER_LINES:
        raise FormatError(
            f"{reading.path}: the first {MAX_CSV_HEADER_LINES} lines hold no numbers; "
            f"line 1 is {shown(reading.head[0].strip())}, expected one line for each frame"
        )
    reading.head.append(line)


def _delimiter(line: str) -> str | None:
    """What parts the cells of a line of numbers; None for blanks."""
    for mark in (";", "\t"):
        if mark in line.strip():
            return mark
    return None if "," not in line or _BLANK_BETWEEN_CELLS.search(line) else ","


def _cells(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    cells = [cell.strip().strip("\"'").strip() for cell in line.strip("\r\n").split(delimiter)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _holds_numbers(cells: list[str]) -> bool:
    """Whether a line is a frame, if perhaps a damaged one, and no row of names."""
    if not cells[0] and cells[1:] == [str(at) for at in range(len(cells) - 1)]:
        return False  # the numbers that pandas gives to columns without names, beside its index
    return 2 * sum(map(_is_number, cells)) > len(cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return len(cell) <= MAX_CSV_CELL_CHARACTERS


def _number(cell: str, place: str, *, decimal_comma: bool) -> float:
    try:
        if len(cell) > MAX_CSV_CELL_CHARACTERS:
            raise ValueError(cell)
        value = float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError as error:
        raise FormatError(
            f"{place} is {shown(cell)}, expected a number; repair or cut this frame"
        ) from error
    if not math.isfinite(value):
        raise FormatError(
            f"{place} is {cut(cell)}, expected a finite number; repair or cut this frame"
        )
    return value


def _header(reading: _Reading, values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the columns, and the numbers without a row that only counts columns."""
    columns = reading.columns
    if columns >= _FEWEST_NUMBERED and len(values) > 1 and (values[0] == np.arange(columns)).all():
        return (), values[1:]
    rows = [_cells(line.lstrip().lstrip("#"), reading.delimiter) for line in reading.head]
    fitting = [at for at, row in enumerate(rows) if len(row) == columns]
    named = [at for at, line in enumerate(reading.head) if not line.lstrip().startswith("#")]
    if not fitting:
        # one line of words is a title; a row of several names is a header that does not fit
        wrong = [at for at in named if len(rows[at]) > 1 and reading.delimiter is not None]
        if wrong:
            raise FormatError(
                f"{reading.path}: the header names {len(rows[wrong[-1]])} columns, expected "
                f"{columns}, as many as the rows below it have; name every column"
            )
        return (), values
    names = rows[fitting[-1]]
    if len(fitting) > 1 and all(_UNIT_CELL.fullmatch(cell) for cell in names):
        above = rows[fitting[-2]]
        names = [
            f"{name} ({unit.strip('()[] 1')})" for name, unit in zip(above, names, strict=True)
        ]
    return tuple(names), values


def _stated_rate(head: list[str]) -> float | None:
    for line in head:
        found = _STATED_RATE.search(line) if line.lstrip().startswith("#") else None
        if found and float(found[1]) > 0.0:
            return float(found[1])
    return None

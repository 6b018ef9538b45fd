"""What the command says to people: progress and notes on stderr, results on stdout."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from motionlib.files import write_text

Item = TypeVar("Item")
REPORTS = "reports"
"""Folder of tables beside what was written, where no reader of motion folders looks."""

_INDENT = "  "
_UNFOLDED = 100_000
"""Characters a line where nobody looks at a terminal: what reads a pipe reads lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One clip that was left out, and why."""

    name: str
    reason: str


def note(text: str) -> None:
    """One line for people, on stderr: stdout carries results only."""
    print(text, file=sys.stderr)


def progress(items: Sequence[Item], what: str, *, unit: str = "clip") -> Iterator[Item]:
    """The items, with a bar on stderr while they are worked off; in a pipe a line now and then."""
    from motionlib.progress_bar import ProgressBar

    with ProgressBar(len(items), what, unit=unit) as bar:
        for item in items:
            yield item
            bar.update()


def print_table(rows: Sequence[Mapping[str, object]]) -> None:
    """Rows as aligned columns on stdout; the first row says which columns."""
    if not rows:
        return
    columns = list(rows[0])
    cells = [columns, *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        print(line.rstrip())


def show_table(title: str, rows: Sequence[Mapping[str, str]]) -> None:
    """A table for people on stdout: folded to the terminal's width, a line a row into a pipe.

    Args:
        title: Said above it.
        rows: Column to text; the first row says which columns, and those without any text are left
            out. No row: the title alone.
    """
    from rich.console import Console
    from rich.table import Table

    width = None if sys.stdout.isatty() else _UNFOLDED
    console = Console(width=width, markup=False, highlight=False)
    console.print(title, style="bold")
    if not rows:
        return
    columns = [column for column in rows[0] if any(row[column] for row in rows)]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(row[column] for column in columns))
    with console.capture() as drawn:
        console.print(table, width=console.width - len(_INDENT))
    print("".join(f"{_INDENT}{line}".rstrip() + "\n" for line in drawn.get().splitlines()), end="")


def save_table(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as CSV; the first row says which columns.

    Raises:
        OSError: The disk is full.
    """
    rows = list(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    write_text(path, text.getvalue())


def report_rejected(rejected: Sequence[Rejected], written: Path) -> int:
    """Say which clips were left out, on stderr and in a table; the exit status.

    The table is `reports/rejected.csv` in the folder that was written, or
    `reports/<name>.rejected.csv` beside the file that was. One of an earlier run is removed when
    nothing was rejected.

    Returns:
        1 if any clip was rejected, else 0.
    """
    folder, name = (written, "") if written.is_dir() else (written.parent, f"{written.name}.")
    table = folder / REPORTS / f"{name}rejected.csv"
    if not rejected:
        table.unlink(missing_ok=True)
        return 0
    save_table(table, [{"name": each.name, "reason": each.reason} for each in rejected])
    note(f"{len(rejected)} rejected (also in {table}):")
    for each in rejected:
        note(f"  {each.name}: {each.reason}")
    return 1


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return " ".join(f"{key}:{_cell(item)}" for key, item in value.items())
    if isinstance(value, (tuple, list)):
        return " ".join(_cell(item) for item in value)
    return str(value)

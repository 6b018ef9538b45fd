"""A training's history as a table in words, a page and a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from motionlib.figures import report_style, svg_text
from motionlib.files import atomic_path, write_text
from training.evaluation.comparing.figures import history_figure
from training.evaluation.comparing.history import History
from training.evaluation.pages import page

_TEMPLATE = "history.html.j2"
_FACTS = ("steps", "epoch", "checkpoint", "library", "motions")
SUFFIXES = (".html", ".png")
"""What a history can be written as."""


def words_of(history: History, columns: Sequence[str]) -> list[dict[str, str]]:
    """A row an evaluation, in words: what it is about, then the chosen columns."""
    facts = [name for name in _FACTS if any(name in row for row in history.rows)]
    return [{n: _said(row.get(n)) for n in (*facts, *columns)} for row in history.rows]


def save_history(path: Path, history: History, *, columns: Sequence[str], title: str) -> None:
    """Write it as a page, or as a picture by the suffix `.png`.

    Args:
        path: Ends in one of `SUFFIXES`.
        history: What to show.
        columns: Scores to draw and list.
        title: Heading of the page.
    """
    with report_style(font_size=9.0, salt="history"):
        figure = history_figure(history.curves(columns))
        if path.suffix == ".png":
            with atomic_path(path) as temporary:
                figure.savefig(temporary, format="png", dpi=150, metadata={"Software": None})
            return
        plot = svg_text(figure)
    rows = words_of(history, columns)
    text = page(
        _TEMPLATE, title=title, source=history.source, plot=plot, rows=rows, columns=list(rows[0])
    )
    write_text(path, text)


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.5g}"
    return f"{value:,}" if isinstance(value, int) else str(value)

"""How figures of reports look, and their SVG text: the same bytes for the same numbers."""

import io
from contextlib import AbstractContextManager

import matplotlib as mpl
from matplotlib.figure import Figure

_INK, _GRID = "#334155", "#e2e8f0"


def report_style(*, font_size: float, salt: str) -> AbstractContextManager[None]:
    """Matplotlib settings while figures of a report are drawn and written.

    Args:
        font_size: Points.
        salt: Of the ids inside the SVG: figures of one page need different ones.
    """
    return mpl.rc_context(
        {
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],
            "font.size": font_size,
            "text.color": _INK,
            "axes.edgecolor": _GRID,
            "axes.labelcolor": _INK,
            "axes.titlesize": font_size + 0.5,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "grid.color": _GRID,
            "grid.linewidth": 0.8,
            "xtick.color": _INK,
            "ytick.color": _INK,
            "xtick.major.size": 0.0,
            "ytick.major.size": 0.0,
            "legend.frameon": False,
            "lines.linewidth": 1.6,
            "svg.fonttype": "path",
            "svg.hashsalt": salt,
        }
    )


def svg_text(figure: Figure) -> str:
    """The figure as an `<svg>` element, without date and program."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]

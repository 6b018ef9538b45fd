"""Figures of a comparison as SVG text: differences with their intervals, motions, courses of training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from motionlib.figures import report_style, svg_text
from training.evaluation.comparing.compare import Compared, Found

_BETTER, _WORSE, _NEITHER = "#15803d", "#b91c1c", "#64748b"
_COLORS = {"better": _BETTER, "worse": _WORSE}
_MOST = 2.0
"""Shares of the first side's mean beyond which a difference is drawn at the edge."""
_LINES = ("#2563eb", "#f59e0b", "#16a34a", "#9333ea", "#db2777", "#0891b2")


def difference_plot(found: Sequence[Found], compared: Compared) -> str:
    """Relative differences with intervals, a line a measure, and each motion under both sides.

    Args:
        found: Of all motions of one split; those without a first value are left out.
        compared: The comparison that they are of.
    """
    shown = [each for each in found if each.difference.difference is not None]
    with report_style(font_size=9.0, salt=f"comparison-{compared.pairs.second.label}"):
        figure = Figure(figsize=(9.6, max(3.6, 0.9 + 0.22 * len(shown))), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        _differences(left, shown)
        _motions(right, found[0].split, compared)
        return svg_text(figure)


def history_figure(
    curves: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
) -> Figure:
    """Measures by environment steps.

    Args:
        curves: Title of a panel to label of a line to its points, (steps, value).
    """
    columns = min(3, max(1, len(curves)))
    rows = max(1, -(-len(curves) // columns))
    figure = Figure(figsize=(9.6, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (title, lines) in zip(axes, curves.items(), strict=False):
        for (label, points), color in zip(lines.items(), _LINES * len(lines), strict=False):
            steps, values = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
            axis.plot(steps / 1e6, values, ".-", color=color, label=label)
        axis.set_title(title)
        axis.set_xlabel("million environment steps")
        if len(lines) > 1:
            axis.legend()
    for axis in axes[len(curves) :]:
        axis.set_axis_off()
    return figure


def _differences(axis: Axes, shown: Sequence[Found]) -> None:
    for place, each in enumerate(shown):
        difference = each.difference
        # shares are told in points, everything else in shares of the first side's mean
        base = 1.0 if each.measure.share else abs(difference.first or 0.0)
        if not base or difference.difference is None:
            continue
        color = _COLORS.get(each.verdict, _NEITHER)
        at = float(np.clip(difference.difference / base, -_MOST, _MOST))
        axis.plot(100 * at, place, "o", color=color, markersize=4)
        if difference.low is not None and difference.high is not None:
            low, high = np.clip([difference.low / base, difference.high / base], -_MOST, _MOST)
            axis.plot([100 * low, 100 * high], [place, place], color=color)
    axis.axvline(0.0, color=_NEITHER, linewidth=0.8)
    axis.set_yticks(range(len(shown)), [each.measure.name.replace("_", " ") for each in shown])
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.set_title("difference (% of the first; shares in points)")
    axis.grid(visible=False, axis="y")


def _motions(axis: Axes, split: str, compared: Compared) -> None:
    pairs, main = compared.pairs, compared.main
    points = [
        (float(one[main]), float(two[main]))
        for (own, _), (one, two) in zip(pairs.keys, pairs.rows, strict=True)
        if own == split and one[main] is not None and two[main] is not None
    ]
    first, second = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
    axis.plot(first, second, ".", color=_LINES[0], alpha=0.6, markersize=4)
    if points:
        low, high = min(first.min(), second.min()), max(first.max(), second.max())
        axis.plot([low, high], [low, high], color=_NEITHER, linewidth=0.8)
        if low > 0 and high > 10 * low:
            axis.set_xscale("log")
            axis.set_yscale("log")
    axis.set_xlabel(pairs.first.label)
    axis.set_ylabel(pairs.second.label)
    axis.set_title(main.replace("_", " "))

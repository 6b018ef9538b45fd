"""Figures of the evaluation report as SVG text, with the same bytes for the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from motionlib.figures import report_style, svg_text
from training.evaluation.comparison import GLOBAL, RELATIVE
from training.evaluation.controllers import CONTROLLERS
from training.evaluation.streams import ErrorSeries

COLORS = {"policy": "#2563eb", "zero_action": "#94a3b8", "open_loop": "#f59e0b"}
LABELS = {"policy": "policy", "zero_action": "zero action", "open_loop": "open loop"}
_OTHERS = ("#2563eb", "#16a34a", "#9333ea", "#db2777", "#0891b2", "#65a30d")
"""Colours of policies that have names of their own."""
_FAILED = "#dc2626"
Tables = Mapping[str, pa.Table]
"""Controller to per-motion table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One panel of the learning curve."""

    key: str
    """Key of a progress record."""
    title: str
    scale: float = 1.0
    """Multiplies the values, to the title's unit."""


def error_bars(tables: Tables, *, most: int = 24) -> str:
    """Global and relative error of every motion, one bar a controller; hatched if it fell.

    Args:
        tables: Of one evaluation.
        most: Motions shown, the policy's worst by global error.
    """
    names = worst_motions(tables[_first(tables)], most)
    height = 0.9 + 0.34 * len(names)
    with report_style(font_size=9.0, salt="evaluation"):
        figure = Figure(figsize=(9.6, height), layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for axis, column, title in (
            (axes[0], GLOBAL, "global body error (cm, log)"),
            (axes[1], RELATIVE, "root-relative body error (cm, log)"),
        ):
            _bars(axis, tables, names, column)
            axis.set_title(title)
            _log_scale(axis)
            axis.grid(visible=False, axis="y")
        axes[0].set_yticks(range(len(names)), [_short(name) for name in names])
        axes[0].set_ylim(len(names) - 0.4, -0.6)
        figure.legend(handles=_keys(tables), loc="outside upper right", ncols=3)
        return svg_text(figure)


def error_distribution(tables: Tables) -> str:
    """Share of motions whose error is at most x, one curve a controller or named policy."""
    with report_style(font_size=9.0, salt="evaluation"):
        figure = Figure(figsize=(9.6, 2.9), layout="constrained")
        axes = figure.subplots(1, 3, sharey=True)
        for axis, column, title, scale in (
            (axes[0], GLOBAL, "global body error (cm, log)", 100.0),
            (axes[1], RELATIVE, "root-relative body error (cm, log)", 100.0),
            (axes[2], "joint_error_mean", "joint error (rad)", 1.0),
        ):
            for name, table in _ordered(tables):
                color = _color(tables, name)
                values = scale * np.sort(_numbers(table, column))
                if len(values):
                    share = np.arange(1, len(values) + 1) / len(values)
                    axis.step(values, 100 * share, where="post", color=color)
                    axis.plot(values, 100 * share, ".", color=color, markersize=4)
            if scale > 1.0:
                _log_scale(axis)
            axis.set_title(title)
            axis.set_ylim(0, 103)
        axes[0].set_ylabel("% of motions")
        figure.legend(handles=_keys(tables), loc="outside upper right", ncols=3)
        return svg_text(figure)


def learning_curve(progress: Sequence[Mapping[str, Any]], curves: Sequence[Curve]) -> str:
    """Training measures by environment steps.

    Args:
        progress: Records of a run's progress log; each has `step`.
        curves: At least one.
    """
    with report_style(font_size=9.0, salt="evaluation"):
        columns = min(3, len(curves))
        rows = -(-len(curves) // columns)
        figure = Figure(figsize=(9.6, 2.3 * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis, curve in zip(axes, curves, strict=False):
            points = [(r["step"], r[curve.key]) for r in progress if r.get(curve.key) is not None]
            steps, values = np.asarray(points, dtype=np.float64).T
            values = curve.scale * values
            axis.plot(steps / 1e6, values, ".-", color=COLORS["policy"], alpha=0.3, markersize=2)
            axis.plot(steps / 1e6, _smooth(values), color=COLORS["policy"])
            axis.set_title(curve.title)
            axis.set_xlabel("million environment steps")
            axis.set_xlim(left=0.0)
        for axis in axes[len(curves) :]:
            axis.set_axis_off()
        return svg_text(figure)


def motion_over_time(
    series: Mapping[str, ErrorSeries], *, failures_s: Mapping[str, float], lost_m: float | None
) -> str:
    """Error over time of one motion, one curve a controller.

    Args:
        series: By controller.
        failures_s: Time of failure by controller, where it failed.
        lost_m: Threshold of a lost reference, drawn if the curve comes near it.
    """
    with report_style(font_size=9.0, salt="evaluation"):
        figure = Figure(figsize=(9.6, 1.9), layout="constrained")
        axes = figure.subplots(1, 2, sharex=True)
        for axis, name, title in (
            (axes[0], "body_pos_error", "global (cm, log)"),
            (axes[1], "body_pos_error_relative", "root-relative (cm)"),
        ):
            for controller in reversed([c for c in CONTROLLERS if c in series]):
                time_s = series[controller].time_s
                values = 100 * np.asarray(series[controller].values[name])
                color = COLORS[controller]
                axis.plot(time_s, values, color=color)
                if controller in failures_s:
                    failure = failures_s[controller]
                    at = float(np.interp(failure, time_s, values))
                    axis.plot(failure, at, "x", color=_FAILED, markersize=7, zorder=5)
            axis.set_title(title)
            axis.set_xlabel("s")
            axis.margins(x=0.01)
        axes[1].set_ylim(bottom=0.0)
        axes[0].set_yscale("log")
        low, high = axes[0].get_ylim()
        # frame 0 is exact: without a floor its rounding error would set the scale
        axes[0].set_ylim(bottom=max(low, 1e-3 * high))
        axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes[0].yaxis.set_minor_locator(NullLocator())
        if lost_m is not None and high > 80 * lost_m:
            axes[0].axhline(100 * lost_m, color=_FAILED, linewidth=0.9, linestyle=":")
        return svg_text(figure)


def worst_motions(table: pa.Table, count: int) -> list[str]:
    """Names of the `count` worst motions: the failed first, earliest failure first, then by error."""
    rows = [row for row in table.to_pylist() if row["success"] is not None]

    def badness(row: Mapping[str, float | None]) -> tuple[bool, float, float, str]:
        failed = row["failure_s"]
        survived_for = np.inf if failed is None else failed
        return (failed is None, survived_for, -(row[GLOBAL] or 0.0), str(row["case"]))

    return [row["case"] for row in sorted(rows, key=badness)[:count]]


def _bars(axis: Axes, tables: Tables, names: Sequence[str], column: str) -> None:
    thickness = 0.8 / len(tables)
    for place, (controller, table) in enumerate(_ordered(tables)):
        rows = {row["case"]: row for row in table.to_pylist()}
        # a motion in which the controller gave no number has no error
        values = [np.nan if rows[n][column] is None else 100 * rows[n][column] for n in names]
        positions = np.arange(len(names)) - 0.4 + thickness * (place + 0.5)
        bars = axis.barh(
            positions,
            values,
            height=0.86 * thickness,
            color=_color(tables, controller),
        )
        for bar, name in zip(bars, names, strict=True):
            if not rows[name]["survived"]:
                bar.set(hatch="////", edgecolor="white", linewidth=0.0)


def _first(tables: Tables) -> str:
    return next(name for name, _ in _ordered(tables))


def _ordered(tables: Tables) -> list[tuple[str, pa.Table]]:
    known = [name for name in CONTROLLERS if name in tables]
    return [(name, tables[name]) for name in (*known, *(n for n in tables if n not in known))]


def _numbers(table: pa.Table, column: str) -> np.ndarray:
    return np.asarray([v for v in table.column(column).to_pylist() if v is not None])


def _smooth(values: np.ndarray) -> np.ndarray:
    """Running mean over about a twentieth of the run; only of neighbours that exist."""
    width = len(values) // 20
    if width == 0:
        return values
    kernel = np.ones(2 * width + 1)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones_like(values), kernel, "same")


def _keys(tables: Tables) -> list[Patch]:
    return [
        Patch(color=_color(tables, name), label=LABELS.get(name, name))
        for name, _ in _ordered(tables)
    ]


def _color(tables: Tables, name: str) -> str:
    others = [each for each in tables if each not in COLORS]
    return COLORS.get(name) or _OTHERS[others.index(name) % len(_OTHERS)]


def _short(name: str, most: int = 34) -> str:
    half = most // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


def _log_scale(axis: Axes) -> None:
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_locator(NullLocator())

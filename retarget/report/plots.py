"""Figures of the retargeting report as SVG text, with the same bytes for the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from motionlib.figures import report_style, svg_text
from retarget.quality.gates import RetargetGates

Rows = Sequence[Mapping[str, Any]]
Pairs = Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Rows of one clip in two tables."""
ACCEPT, REJECT = "#15803d", "#dc2626"
COLORS = ("#2563eb", "#f59e0b")
"""Of the first and of the other table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One measure as people read it."""

    column: str
    label: str
    scale: float = 1.0
    digits: int = 2
    low_is_good: bool = True


SHOWN: tuple[Shown, ...] = (
    Shown(column="keypoint_error_mean_cm", label="keypoints mean, cm"),
    Shown(column="keypoint_error_p95_cm", label="keypoints p95, cm"),
    Shown(column="orientation_error_mean_deg", label="orientation, °", digits=1),
    Shown(column="skate_mean_cm_s", label="skate mean, cm/s"),
    Shown(column="skate_p95_cm_s", label="skate p95, cm/s", digits=1),
    Shown(column="skate_over_5_share", label="stance > 5 cm/s, %", scale=100.0, digits=1),
    Shown(column="skate_over_10_share", label="stance > 10 cm/s, %", scale=100.0, digits=1),
    Shown(column="penetration_max_mm", label="penetration max, mm", digits=1),
    Shown(column="penetration_mean_mm", label="penetration mean, mm"),
    Shown(column="floating_mean_mm", label="floating mean, mm"),
    Shown(column="floating_p95_mm", label="floating p95, mm", digits=1),
    Shown(
        column="contact_agreement", label="contacts agree, %", scale=100.0, digits=1,
        low_is_good=False,
    ),
    Shown(column="limit_frames", label="frames beyond limits", digits=0),
    Shown(column="limit_excess_max_rad", label="limit excess, rad", digits=4),
    Shown(column="speed_frames", label="frames too fast", digits=0),
    Shown(column="speed_ratio_max", label="joint ÷ motor speed"),
    Shown(column="jump_share", label="jumps, % of frames", scale=100.0),
    Shown(column="jerk_mean", label="jerk, rad/s³", digits=0),
    Shown(column="jerk_ratio", label="jerk ÷ source"),
    Shown(column="self_collision_share", label="self-collision, % of frames", scale=100.0),
    Shown(column="self_collision_max_mm", label="self-collision max, mm", digits=1),
    Shown(column="path_moved_max_cm", label="targets moved for the feet, max, cm", digits=1),
)  # fmt: skip
"""All measures, in the report's order."""


def numbers(rows: Rows, shown: Shown) -> np.ndarray:
    """The finite values of a measure, in the unit of its label."""
    found = [row.get(shown.column) for row in rows]
    values = np.array([value for value in found if value is not None], dtype=np.float64)
    return shown.scale * values[np.isfinite(values)]


def distributions(tables: Mapping[str, Rows], gates: RetargetGates) -> str:
    """Share of clips at or under x for every measure, one curve a table; gates as lines.

    Args:
        tables: Label to rows, one or two.
        gates: Whose bounds are drawn where the curves come near them.

    Returns:
        SVG; empty if nothing was measured.
    """
    panels = [shown for shown in SHOWN if any(len(numbers(r, shown)) for r in tables.values())]
    if not panels:
        return ""
    columns = 4
    height = -(-len(panels) // columns)
    with report_style(font_size=8.5, salt="retargeting"):
        figure = Figure(figsize=(10.4, 1.75 * height + 0.35), layout="constrained")
        axes = figure.subplots(height, columns, squeeze=False, sharey=True).ravel()
        for axis, shown in zip(axes, panels, strict=False):
            for color, rows in zip(COLORS, tables.values(), strict=False):
                values = np.sort(numbers(rows, shown))
                if len(values):
                    share = 100.0 * np.arange(1, len(values) + 1) / len(values)
                    marker = "." if len(values) <= 40 else ""
                    axis.step(
                        np.concatenate((values[:1], values)), np.concatenate(([0.0], share)),
                        where="post", color=color, marker=marker, markersize=4,
                    )  # fmt: skip
            _thresholds(axis, shown, gates)
            axis.set_title(shown.label)
            axis.set_ylim(0, 103)
            axis.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4))
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
        figure.legend(handles=_keys(tables), loc="outside upper right", ncols=4)
        return svg_text(figure)


def both(pairs: Pairs, shown: Shown) -> np.ndarray:
    """(N, 2) values of the clips for which both rows have a finite one, in the table's unit."""
    found = [(a.get(shown.column), b.get(shown.column)) for a, b in pairs]
    held = np.array([p for p in found if None not in p], dtype=np.float64).reshape(-1, 2)
    return held[np.isfinite(held).all(-1)]


def scatter(pairs: Pairs, labels: tuple[str, str], *, most: int = 8) -> str:
    """Clips with the other table's value across and this one's up; below the line is better here.

    Args:
        pairs: Rows of the clips that both have.
        labels: Of the two tables.
        most: Panels.
    """
    wanted = (
        "keypoint_error_mean_cm", "orientation_error_mean_deg", "skate_mean_cm_s",
        "skate_over_10_share", "penetration_max_mm", "jerk_mean", "jump_share",
        "self_collision_share",
    )  # fmt: skip
    panels = [shown for shown in SHOWN if shown.column in wanted][:most]
    with report_style(font_size=8.5, salt="retargeting"):
        figure = Figure(figsize=(10.4, 5.0), layout="constrained")
        axes = figure.subplots(2, 4, squeeze=False).ravel()
        for axis, shown in zip(axes, panels, strict=False):
            held = shown.scale * both(pairs, shown)
            top = 1.06 * float(held.max()) if held.size and held.max() > 0.0 else 1.0
            axis.plot((0.0, top), (0.0, top), color="#94a3b8", linewidth=1.0)
            axis.plot(held[:, 1], held[:, 0], "o", color=COLORS[0], markersize=4, alpha=0.7)
            axis.set(xlim=(-0.02 * top, top), ylim=(-0.02 * top, top))
            axis.set_title(shown.label)
            axis.set_xlabel(labels[1])
        for axis in axes[:: axes.size // 2]:
            axis.set_ylabel(labels[0])
        return svg_text(figure)


def _thresholds(axis: Axes, shown: Shown, gates: RetargetGates) -> None:
    bound = getattr(gates, shown.column, None)
    if bound is None:
        return
    right = axis.get_xlim()[1]
    for value, color in ((bound.accept, ACCEPT), (bound.reject, REJECT)):
        x = shown.scale * value
        if np.isfinite(x) and (color == ACCEPT or x <= 3.0 * right):
            axis.axvline(x, color=color, linewidth=1.0, linestyle="--")


def _keys(tables: Mapping[str, Rows]) -> list[Line2D]:
    keys = [
        Line2D([], [], color=color, label=label)
        for color, label in zip(COLORS, tables, strict=False)
    ]
    keys.append(Line2D([], [], color=ACCEPT, linestyle="--", linewidth=1.0, label="accepted up to"))
    keys.append(Line2D([], [], color=REJECT, linestyle="--", linewidth=1.0, label="rejected from"))
    return keys

"""Figures of the retargeting report as SVG text, with the same bytes for the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from motionlib.figures import report_style, svg_text
from motionlib.measure import Measure
from retarget.quality.gates import RetargetGates
from retarget.quality.measure_table import ROBOT_MEASURES

Rows = Sequence[Mapping[str, Any]]
Pairs = Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Rows of one clip in two tables."""
ACCEPT, REJECT = "#15803d", "#dc2626"
COLORS = ("#2563eb", "#f59e0b")
"""Colours of the first and of the other table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One measure as people read it: shares in percent."""

    measure: Measure
    digits: int = 2
    low_is_good: bool = True

    @property
    def column(self) -> str:
        """In the table."""
        return self.measure.name

    @property
    def scale(self) -> float:
        """From the table's unit to the label's."""
        return 100.0 if self.measure.unit.startswith("share") else 1.0

    @property
    def label(self) -> str:
        """Words and unit."""
        unit = self.measure.unit.replace("share", "%")
        return f"{self.measure.words}, {unit}" if unit not in ("", "frames") else self.measure.words


_DIGITS = {
    "keypoint_error_mean_cm": 2,
    "keypoint_error_p95_cm": 2,
    "orientation_error_mean_deg": 1,
    "skate_mean_cm_s": 2,
    "skate_p95_cm_s": 1,
    "skate_over_5_share": 1,
    "skate_over_10_share": 1,
    "penetration_max_mm": 1,
    "penetration_mean_mm": 2,
    "floating_mean_mm": 2,
    "floating_p95_mm": 1,
    "contact_agreement": 1,
    "limit_frames": 0,
    "limit_excess_max_rad": 4,
    "speed_frames": 0,
    "speed_ratio_max": 2,
    "jump_share": 2,
    "jerk_mean": 0,
    "jerk_ratio": 2,
    "self_collision_share": 2,
    "self_collision_max_mm": 1,
    "path_moved_max_cm": 1,
}
"""Digits behind the point of each measure that the report shows, in its order."""
_HIGH_IS_GOOD = ("contact_agreement",)
_BY_NAME = {measure.name: measure for measure in ROBOT_MEASURES}
SHOWN: tuple[Shown, ...] = tuple(
    Shown(measure=_BY_NAME[name], digits=digits, low_is_good=name not in _HIGH_IS_GOOD)
    for name, digits in _DIGITS.items()
)
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

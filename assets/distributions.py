"""What the assets of human motions show of themselves: distributions with their thresholds."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.previews import figure_image
from motionlib.measure import Measure
from motionlib.stages.verdicts import Bound

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS = 40


def histograms_plot(
    values: Mapping[str, Sequence[float]], thresholds: Mapping[str, float] | None = None
) -> dg.MetadataValue:
    """One small histogram for each name, counts on the vertical axis.

    Args:
        values: Name to values; those that are not finite are left out of the picture.
        thresholds: Name to a bound, drawn as a line; names without one have none.
    """
    from matplotlib.figure import Figure

    columns = min(3, max(1, len(values)))
    lines = math.ceil(max(1, len(values)) / columns)
    figure = Figure(figsize=(3.2 * columns, 2.2 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes, (name, found) in zip(panels, values.items(), strict=False):
        _histogram(axes, name, found, (thresholds or {}).get(name))
    for axes in panels[len(values) :]:
        axes.set_visible(False)
    return figure_image(figure)


def measures_plot(
    rows: Sequence[Mapping[str, Any]], bounds: Mapping[str, Bound], table: Iterable[Measure]
) -> dg.MetadataValue:
    """Distributions of all measures with a gate, units in their titles, where clips are rejected.

    Args:
        rows: Of a table of clips; a measure that none of them has is left out.
        bounds: By name of the measure.
        table: What the measures are.
    """
    values, rejected = {}, {}
    for measure in table:
        found = [row[measure.name] for row in rows if row.get(measure.name) is not None]
        if found and measure.name in bounds:
            values[measure.title] = found
            rejected[measure.title] = bounds[measure.name].reject
    return histograms_plot(values, rejected)


def spread_rows(values: Mapping[str, Sequence[float]]) -> list[dict[str, object]]:
    """One row for each name with the median and the greatest of its values."""
    return [
        {"measure": name, "median": statistics.median(found), "max": max(found)}
        for name, found in values.items()
        if found
    ]


def _histogram(
    axes: "Axes", name: str, values: Sequence[float], threshold: float | None = None
) -> None:
    import numpy as np

    counts, edges = np.histogram([value for value in values if math.isfinite(value)], bins=_BINS)
    axes.stairs(counts, edges, color="steelblue", fill=True)
    if threshold is not None and math.isfinite(threshold):
        axes.axvline(threshold, color="firebrick", linestyle="--", linewidth=1.0)
    axes.set_title(name, fontsize=8, loc="left")
    axes.tick_params(labelsize=7)

"""What an asset shows of itself: preview tables and plots as metadata values."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROWS = 25
_CELL = 60


def table_preview(rows: Sequence[Mapping[str, object]], *, limit: int = _ROWS) -> dg.MetadataValue:
    """The first rows as a table; numbers shortened to four digits, long texts cut."""
    if not rows:
        return dg.MetadataValue.text("no rows")
    records = [dg.TableRecord({key: _cell(x) for key, x in row.items()}) for row in rows[:limit]]
    columns = [dg.TableColumn(key, _column_type(rows, key)) for key in rows[0]]
    return dg.MetadataValue.table(records, dg.TableSchema(columns=columns))


def plot(
    draw: Callable[["Axes"], None], *, width: float = 7.0, height: float = 3.6
) -> dg.MetadataValue:
    """A figure as a markdown image that carries its own bytes.

    Args:
        draw: Draws into the axes it is given.
        width: Inches at 100 dots an inch.
        height: Inches.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    draw(figure.add_subplot())
    return figure_image(figure)


def paths_plot(paths: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> dg.MetadataValue:
    """Top view of root paths: name to (x, y) in metres."""

    def draw(axes: "Axes") -> None:
        for name, (x, y) in paths.items():
            axes.plot(x, y, linewidth=1.0, label=name)
        axes.set(xlabel="x (m)", ylabel="y (m)", title="root paths from above", aspect="equal")
        if len(paths) <= 12:
            axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))

    return plot(draw)


def commands_plot(commands: Sequence[tuple[float, float, float]]) -> dg.MetadataValue:
    """Walking commands (dx, dy, dtheta): forward and turning in the plane, sideways as colour."""

    def draw(axes: "Axes") -> None:
        dx, dy, dtheta = zip(*commands, strict=True)
        widest = max(max(dy) - min(dy), 1e-9)
        step = 0.6 * (max(dx) - min(dx)) / max(1, len(set(dx)) - 1) / widest
        # commands that differ in dy only would hide each other
        shifted = [x + step * y for x, y in zip(dx, dy, strict=True)]
        points = axes.scatter(shifted, dtheta, c=dy, s=14, cmap="coolwarm")
        axes.set(xlabel="dx (m/s), shifted a little by dy", ylabel="dtheta (rad/s)")
        axes.figure.colorbar(points, label="dy (m/s)")

    return plot(draw)


def ranges_plot(rows: Sequence[Mapping[str, object]]) -> dg.MetadataValue:
    """Joint ranges as bars with the default pose marked."""

    def draw(axes: "Axes") -> None:
        lower = [float(str(row["lower_rad"])) for row in rows]
        width = [float(str(row["upper_rad"])) - low for row, low in zip(rows, lower, strict=True)]
        names = [str(row["dof_name"]) for row in rows]
        axes.barh(names, width, left=lower, color="lightsteelblue", label="range")
        axes.plot([float(str(row["default_rad"])) for row in rows], names, "k|", label="default")
        axes.set(xlabel="rad")
        axes.invert_yaxis()
        axes.tick_params(axis="y", labelsize=7)
        axes.legend(fontsize=8)

    return plot(draw, height=max(4.2, 0.14 * len(rows)))


def histogram_plot(values: Mapping[str, Sequence[float]], xlabel: str) -> dg.MetadataValue:
    """Distributions in one axis, by name."""

    def draw(axes: "Axes") -> None:
        axes.hist(list(values.values()), bins=30, label=list(values))
        axes.set(xlabel=xlabel, ylabel="motions")
        axes.legend(fontsize=8)

    return plot(draw)


def bars_plot(groups: Mapping[str, Mapping[str, float]], ylabel: str) -> dg.MetadataValue:
    """Grouped bars on a logarithmic scale: series name to (category to value).

    Categories that several series share stand side by side; series without a common one, such as the
    motions of different splits, follow one another.
    """
    names = list(dict.fromkeys(name for values in groups.values() for name in values))
    places = {name: place for place, name in enumerate(names)}
    shared = len(names) < sum(map(len, groups.values()))
    width = 0.8 / len(groups) if shared else 0.8

    def draw(axes: "Axes") -> None:
        for i, (series, values) in enumerate(groups.items()):
            offset = (i - 0.5 * (len(groups) - 1)) * width if shared else 0.0
            at = [places[name] + offset for name in values]
            axes.bar(at, list(values.values()), width, label=series)
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axes.set(ylabel=ylabel, yscale="log")
        axes.tick_params(axis="x", labelsize=7)
        axes.legend(fontsize=8)

    return plot(draw)


def curves_plot(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], xlabel: str
) -> dg.MetadataValue:
    """Lines by name, (x, y), each in a panel of its own."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 1.4 * max(1, len(curves))), layout="constrained")
    panels = figure.subplots(max(1, len(curves)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, (x, y)) in zip(panels, curves.items(), strict=False):
        axes.plot(x, y, linewidth=1.0)
        axes.set_title(name, fontsize=8, loc="left")
        axes.grid(alpha=0.3)
    panels[-1].set_xlabel(xlabel)
    return figure_image(figure)


def figure_image(figure: "Figure") -> dg.MetadataValue:
    """A figure as a markdown image that carries its own bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    return dg.MetadataValue.md(f"![plot](data:image/png;base64,{image})")


def _cell(value: object) -> str | int | float | bool | None:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def _column_type(rows: Sequence[Mapping[str, object]], key: str) -> str:
    kinds = {type(_cell(row[key])) for row in rows if row[key] is not None}
    names = {float: "float", int: "int", bool: "bool"}
    return names.get(kinds.pop(), "string") if len(kinds) == 1 else "string"

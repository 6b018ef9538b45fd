import base64
import re

import dagster as dg
import pytest
from matplotlib.figure import Figure

from assets import previews
from assets.previews import bars_plot, commands_plot, curves_plot, paths_plot, table_preview


def png_of(value: dg.MetadataValue) -> bytes:
    found = re.fullmatch(r"!\[plot\]\(data:image/png;base64,(.*)\)", str(value.value))
    assert found
    return base64.b64decode(found.group(1))


def test_a_table_shows_its_first_rows_shortened() -> None:
    rows = [{"name": "x" * 100, "error": 0.123456, "count": 3, "ok": True, "cause": None}] * 30
    value = table_preview(rows)
    assert isinstance(value, dg.TableMetadataValue)
    assert len(value.records) == 25
    assert value.records[0].data["error"] == 0.1235
    assert len(str(value.records[0].data["name"])) == 60
    types = {column.name: column.type for column in value.schema.columns}
    assert types == {
        "name": "string",
        "error": "float",
        "count": "int",
        "ok": "bool",
        "cause": "string",
    }


def test_an_empty_table_says_so() -> None:
    assert table_preview([]).value == "no rows"


def test_plots_carry_their_own_picture_and_repeat() -> None:
    line = ([0.0, 1.0], [0.0, 2.0])
    makers = (
        lambda: paths_plot({"walk": line}),
        lambda: commands_plot([(0.0, 0.0, 0.0), (0.1, -0.1, 1.0)]),
        lambda: bars_plot({"policy": {"walk": 0.1}, "zero": {"walk": 0.3}}, "error (m)"),
        lambda: curves_plot({"reward": line}, "steps"),
    )
    for make in makers:
        picture = png_of(make())
        assert picture.startswith(b"\x89PNG")
        assert picture == png_of(make())
        assert len(picture) < 100_000


def test_bars_of_different_motions_keep_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = Figure()
    axes = figure.subplots()
    monkeypatch.setattr(previews, "plot", lambda draw: draw(axes))
    bars_plot({"train": {"walk": 1.0, "turn": 2.0}, "test": {"jump": 3.0}}, "error (m)")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["walk", "turn", "jump"]
    middles = [bar.get_x() + 0.5 * bar.get_width() for bar in axes.patches]
    assert middles == pytest.approx([0.0, 1.0, 2.0])
    axes.clear()
    bars_plot({"policy": {"walk": 1.0}, "zero": {"walk": 2.0, "turn": 3.0}}, "error (m)")
    middles = [bar.get_x() + 0.5 * bar.get_width() for bar in axes.patches]
    assert middles == pytest.approx([-0.2, 0.2, 1.2])

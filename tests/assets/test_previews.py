import base64
import re

import dagster as dg

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

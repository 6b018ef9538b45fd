import base64
import os
from pathlib import Path

import dagster as dg
import pytest

from assets.presentation import card_link, in_order, presented
from assets.previews import plot

KEY = dg.AssetKey(["walk", "clips"])
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(8) + (40).to_bytes(4) + (30).to_bytes(4) + b"and then some"


def carried(picture: bytes) -> dg.MetadataValue:
    return dg.MetadataValue.md(
        f"![plot](data:image/png;base64,{base64.b64encode(picture).decode()})"
    )


def shown(value: object) -> str:
    result = presented(dg.MaterializeResult(metadata={"plot": value}), KEY)
    assert result.metadata
    return str(result.metadata["plot"].value)  # type: ignore[union-attr]


def test_what_matters_comes_first_and_the_rest_keeps_its_order() -> None:
    metadata = {
        "dagster/uri": "file:///x",
        "path": dg.MetadataValue.path("/x"),
        "source": dg.MetadataValue.path("/y"),
        "preview": dg.MetadataValue.table([dg.TableRecord({"a": 1})]),
        "plot": dg.MetadataValue.md("![plot](/reports/x.png)"),
        "b": 1,
        "a": 2.0,
        "books": dg.MetadataValue.md("# Books"),
        "report": dg.MetadataValue.url("/reports/x.html"),
        "sha256": "0",
        "verdict": "good",
    }
    assert list(in_order(metadata)) == [
        "verdict",
        "report",
        "b",
        "a",
        "plot",
        "preview",
        "books",
        "source",
        "path",
        "sha256",
        "dagster/uri",
    ]


def test_a_plot_is_a_file_with_an_address_short_enough_to_be_shown(motion_home: Path) -> None:
    text = shown(carried(PICTURE))
    (file,) = (motion_home / "plots" / "walk").glob("*-*.svg")
    assert base64.b64encode(PICTURE).decode() in file.read_text()
    assert f"(/plots/walk/{file.name})" in text
    assert file.name.startswith("clips-")
    assert len(text) < 1000  # above it, Dagster's pages hide it
    assert shown(carried(PICTURE)) == text


def test_what_previews_draw_is_taken_for_a_plot(motion_home: Path) -> None:
    assert "(/plots/walk/" in shown(plot(lambda axes: axes.set(title="t")))


@pytest.mark.parametrize("text", ["# Books", "![a](/reports/b.png)"])
def test_other_text_stays_as_it_is(motion_home: Path, text: str) -> None:
    assert shown(dg.MetadataValue.md(text)) == text
    assert not (motion_home / "plots").exists()


def test_an_asset_keeps_the_plots_of_its_newest_runs_alone(motion_home: Path) -> None:
    folder = motion_home / "plots" / "walk"
    folder.mkdir(parents=True)
    stranger = folder / "clips-mine.svg"
    stranger.write_bytes(b"")
    for i in range(25):
        shown(carried(PICTURE + bytes([i])))
        newest = max(folder.glob("clips-*"), key=lambda each: each.stat().st_mtime_ns)
        os.utime(newest, ns=(i + 1, i + 1))
    assert len(list(folder.glob("*-*.svg"))) == 20 + 1
    assert stranger.exists()


def test_a_result_without_metadata_is_left_alone() -> None:
    result = dg.MaterializeResult()
    assert presented(result, KEY) is result


def test_a_description_shows_the_card_of_the_newest_run(motion_home: Path) -> None:
    metadata = {"verdict": "all fine", "plot": carried(PICTURE)}
    presented(dg.MaterializeResult(metadata=metadata), KEY, with_card=True)
    (card,) = (motion_home / "plots" / "walk").glob("clips.svg")
    assert "all fine" in card.read_text()
    assert f"(/plots/walk/{card.name})" in card_link(KEY)
    presented(dg.MaterializeResult(metadata={"verdict": "not so fine"}), KEY, with_card=True)
    assert "not so fine" in card.read_text()

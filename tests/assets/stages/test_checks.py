from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.graph import graph_of
from assets.heads.recordings import INDEX
from assets.layers import Home, Layer
from assets.recipes.recordings import HumanRecipe
from assets.stages.human import human_tables
from assets.stages.tables import build_tables
from assets.tables import read_rows, write_rows
from assets.tail.clip_sets import human_clips
from motionlib.corpus.row import ClipRow, IndexState
from motionlib.stages.books import books_of
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.result import StageResult
from motionlib.stages.verdicts import bounds_of
from pipelines.recipe import load_recipe

TINY = Path(__file__).resolve().parents[2] / "recipes" / "amass_tiny.yaml"
SOUND = {"frames": 30, "seconds": 1.0, "content_sha256": ""}


def row_of(name: str, *, fate: IndexState = "indexed") -> ClipRow:
    unreadable = fate == "rejected"
    return ClipRow(
        clip_id=name, dataset="CMU", subset="CMU", path=f"{name}.npz", sha256="0", bytes=1,
        mtime_ns=1, frames=0 if unreadable else 60, source_fps=0.0 if unreadable else 60.0,
        seconds=0.0 if unreadable else 1.0, gender="", format="amass_smplh", start_s=0.0,
        end_s=float("inf"), split="train", weight=1.0, fate=fate,
        reason="no zip" if unreadable else "", gate="unreadable" if unreadable else "",
    )  # fmt: skip


def result_of(row: ClipRow) -> StageResult:
    if row.fate == "rejected":
        return StageResult(
            clip_id=row.clip_id,
            key="",
            cache_path="",
            measures={},
            reason=row.reason,
            recomputed=False,
        )
    measures = {
        **dict.fromkeys(bounds_of(HumanGates()), 0.0),
        **SOUND,
        "content_sha256": row.clip_id,
    }
    return StageResult(
        clip_id=row.clip_id, key="k", cache_path="p", measures=measures, reason="", recomputed=True
    )


class Desk:
    """An index, its judged table, and the checks that look at them."""

    def __init__(self, folder: Path, recipe: HumanRecipe) -> None:
        self.recipe = recipe
        self.index = Layer(path=folder / "index", sha256="")
        rows = [row_of("CMU/a"), row_of("CMU/b"), row_of("CMU/c", fate="rejected")]
        write_rows(self.index.path / INDEX, [asdict(row) for row in rows])
        table = judge(rows, [result_of(row) for row in rows], recipe.gates)
        home = Home(path=str(folder / "home"))
        self.clips = build_tables(
            human_tables(recipe), home, folder / "clips", judged=table, books=books_of(rows, table)
        )

    def change(self, edit: Callable[[list[dict[str, Any]]], Sequence[Mapping[str, Any]]]) -> None:
        write_rows(self.clips.path, edit(read_rows(self.clips.path)))

    def look(self, asset: str, name: str) -> dg.AssetCheckResult:
        (check,) = [
            each
            for each in graph_of(self.recipe).checks
            if each.check_key.name == name and each.check_key.asset_key.path[-1] == asset
        ]
        inputs = {"clip_index": self.index}
        if asset == "clips":
            inputs = {"table": self.clips, "taken_in": self.index}
        found = check(**inputs)
        assert isinstance(found, dg.AssetCheckResult)
        return found


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("AMASS_TINY", str(tmp_path))
    recipe = load_recipe(TINY)
    assert isinstance(recipe, HumanRecipe)
    return Desk(tmp_path, recipe)


def test_untouched_tables_pass(desk: Desk) -> None:
    assert desk.look("clip_index", "schema").passed
    assert desk.look("clips", "books_balanced").passed
    assert desk.look("clips", "rejected_share").passed


def test_flagged_clips_keep_the_books_and_are_packed(desk: Desk) -> None:
    def flag(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**rows[0], "fate": "flagged", "gate": "height_shift", "reason": "moved"},
            *rows[1:],
        ]

    desk.change(flag)
    assert desk.look("clips", "books_balanced").passed
    assert desk.look("clips", "rejected_share").passed
    assert [row["clip_id"] for row in human_clips(desk.recipe).rows(desk.clips, "train")] == [
        "CMU/a",
        "CMU/b",
    ]


def test_a_lost_row_fails_the_books(desk: Desk) -> None:
    desk.change(lambda rows: rows[1:])
    found = desk.look("clips", "books_balanced")
    assert not found.passed
    assert "1 clip without a row (CMU/a, ...)" in str(found.description)


def test_a_row_of_no_clip_fails_the_books(desk: Desk) -> None:
    desk.change(lambda rows: [*rows, {**rows[0], "clip_id": "CMU/z"}])
    assert "1 row of no clip (CMU/z" in str(desk.look("clips", "books_balanced").description)


@pytest.mark.parametrize(
    "change", [{"seconds": 2.0}, {"fate": "rejected"}, {"fate": "lost"}, {"split": "test"}]
)
def test_a_tampered_row_fails_the_books(desk: Desk, change: dict[str, object]) -> None:
    desk.change(lambda rows: [{**rows[0], **change}, *rows[1:]])
    assert not desk.look("clips", "books_balanced").passed


def test_a_clip_with_two_rows_fails_the_books(desk: Desk) -> None:
    desk.change(lambda rows: [*rows, rows[0]])
    assert not desk.look("clips", "books_balanced").passed


def test_too_much_rejected_stops_the_graph(desk: Desk) -> None:
    def reject(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "fate": "rejected", "gate": "nan"} for row in rows[:2]] + rows[2:]

    desk.change(reject)
    found = desk.look("clips", "rejected_share")
    assert not found.passed
    assert "100.0% of the hours are rejected, most by nan" in str(found.description)
    desk.recipe = replace(desk.recipe, max_rejected_share=1.0)
    assert not desk.look("clips", "rejected_share").passed, "nothing would be left to pack"


def test_an_index_with_one_id_twice_is_no_index(desk: Desk) -> None:
    rows = read_rows(desk.index.path / INDEX)
    write_rows(desk.index.path / INDEX, [*rows, rows[0]])
    found = desk.look("clip_index", "schema")
    assert not found.passed
    assert found.metadata["ids_twice"].value == ["CMU/a"]

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assets.places import library_path, with_places
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.formats.protomotions.packed_clip import clips_of_motions
from motionlib.formats.protomotions.writer import write_motion_lib

FRAMES = {"a": 30, "b": 4, "lost": 9, "c": 7, "d": 12, "e": 5}


def library_of(row: Mapping[str, Any]) -> str:
    return "" if row["fate"] == "rejected" else f"lib_{row['split']}"


def table(split: str = "train") -> list[dict[str, Any]]:
    return [
        {"clip_id": name, "split": split, "fate": "rejected" if name == "lost" else "flagged",
         "output_frames": frames, "fps": 30.0}
        for name, frames in FRAMES.items()
    ]  # fmt: skip


@pytest.mark.parametrize("shards", [1, 2, 3, 9])
def test_every_clip_lies_where_its_row_says(tmp_path: Path, make_motion, microduck, shards) -> None:
    rows = with_places(table(), library_of, shards=shards)
    motions = {
        name: replace(make_motion(microduck, frames=frames, name=name), fps=30.0)
        for name, frames in FRAMES.items()
    }
    packed = [motions[row["clip_id"]] for row in rows if row["library"]]
    path, parts = library_path(tmp_path, "train", clips=len(packed), shards=shards)
    clips = clips_of_motions(packed, velocity_rule="central")
    files = write_motion_lib(path, microduck, clips, velocity_rule="central", shards=parts)
    assert len(files) == min(shards, 5)
    names = {file.name: load_motion_lib(file, microduck).names for file in files}
    for row in rows:
        if row["clip_id"] == "lost":
            places = (row["library"], row["library_file"], row["library_index"])
            assert places == ("", "", None)
        else:
            assert names[row["library_file"]][row["library_index"]] == row["clip_id"]


def test_libraries_are_counted_apart() -> None:
    rows = with_places([*table("train"), *table("test")], library_of, shards=1)
    places = {(row["library"], row["library_file"]): [] for row in rows if row["library"]}
    for row in rows:
        if row["library"]:
            places[row["library"], row["library_file"]].append(row["library_index"])
    assert places == {
        ("lib_train", "train.pt"): [0, 1, 2, 3, 4],
        ("lib_test", "test.pt"): [0, 1, 2, 3, 4],
    }


def test_one_rate_for_all_counts_where_rows_have_none() -> None:
    bare = [{k: v for k, v in row.items() if k != "fps"} for row in table()]
    places = [row["library_file"] for row in with_places(bare, library_of, fps=30.0, shards=2)]
    assert places == [row["library_file"] for row in with_places(table(), library_of, shards=2)]

import math
from pathlib import Path

import pytest

from motionlib.corpus.lists import ListedPart, read_motion_list
from motionlib.errors import FormatError


def _list(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "amass_train.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_part_with_its_timing_and_weight(tmp_path: Path) -> None:
    path = _list(
        tmp_path,
        """
motions:
  - file: ACCAD/a_poses.motion
    fps: 120
    idx: 0
    sub_motions:
      - timings: {start: 0.0, end: 4.2}
        idx: 0
      - timings: {start: 5, end: 8.5}
        weight: 3.0
    weight: 0.5
  - file: CMU\\b_poses.motion
""",
    )
    first, second = read_motion_list(path, split="validation")
    assert (first.file, first.fps, first.split) == ("ACCAD/a_poses.motion", 120.0, "validation")
    assert first.parts == (
        ListedPart(start_s=0.0, end_s=4.2, weight=0.5),
        ListedPart(start_s=5.0, end_s=8.5, weight=3.0),
    )
    assert (second.file, second.fps) == ("CMU/b_poses.motion", None)
    assert second.parts == (ListedPart(start_s=0.0, end_s=math.inf, weight=1.0),)
    assert second.list_name == "amass_train.yaml"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("walk.motion", "mapping with a `file`"),
        ("{fps: 30}", "mapping with a `file`"),
        ("{file: 3}", "mapping with a `file`"),
        ("{file: a, weight: -1}", "weight is -1"),
        ("{file: a, weight: .nan}", "weight is nan"),
        ("{file: a, weight: heavy}", "weight is 'heavy'"),
        ("{file: a, fps: 0}", "fps is 0"),
        ("{file: a, fps: true}", "fps is True"),
        ("{file: a, sub_motions: 4}", "sub_motions is 4"),
        ("{file: a, sub_motions: [4]}", "timings is 4"),
        ("{file: a, sub_motions: [{timings: [0, 1]}]}", "timings is"),
        ("{file: a, sub_motions: [{timings: {start: 2, end: 2}}]}", "ends at 2 s"),
        ("{file: a, sub_motions: [{timings: {start: -1}}]}", "start is -1"),
        ("{file: a, sub_motions: [{timings: {start: 0, end: .inf}}]}", "end is inf"),
    ],
)
def test_an_entry_outside_of_the_schema_is_named(tmp_path: Path, entry: str, says: str) -> None:
    path = _list(tmp_path, f"motions:\n  - {{file: good}}\n  - {entry}\n")
    with pytest.raises(FormatError) as caught:
        read_motion_list(path, split="train")
    assert str(path) in str(caught.value)
    assert "motions[1]" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "a: 1", "- x", "motions: {a: 1}"])
def test_yaml_without_motions_shows_what_was_expected(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError, match="no `motions:`"):
        read_motion_list(_list(tmp_path, text), split="train")


def test_what_is_no_yaml_or_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="not YAML"):
        read_motion_list(_list(tmp_path, "motions: [a"), split="train")
    with pytest.raises(FormatError, match="cannot be read"):
        read_motion_list(tmp_path / "none.yaml", split="train")


def test_yaml_that_asks_for_objects_makes_none(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = _list(tmp_path, f"motions: !!python/object/apply:os.mkdir ['{mark}']\n")
    with pytest.raises(FormatError, match="not YAML"):
        read_motion_list(path, split="train")
    assert not mark.exists()

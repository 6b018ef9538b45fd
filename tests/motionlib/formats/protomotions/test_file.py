"""Names of motions in foreign libraries, and tables that contradict themselves."""

import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.protomotions.file import motion_names, motion_table, names_from_files


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["/a/b/walk.motion", "/a/c/run.motion"], ("walk", "run")),
        (["/a/b/walk.motion", "/a/c/walk.motion"], ("b/walk", "c/walk")),
        (["walk.motion"], ("walk",)),
        (["walk.motion", "x/walk.motion"], ("walk", "x/walk")),
        (["C:\\d\\walk.motion"], ("walk",)),
    ],
)
def test_names_are_as_short_as_they_can_be(files, names):
    assert names_from_files(files) == names


def test_repeated_file_is_refused(tmp_path):
    content = {"motion_files": ("a/w.motion", "a/w.motion")}
    with pytest.raises(FormatError, match="used twice: w"):
        motion_names(content, None, 2, tmp_path / "x.pt")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"motion_dt": None}, "tensors missing: motion_dt"),
        ({"motion_dt": torch.tensor([0.02])}, "1 motion_dt"),
        ({"motion_dt": torch.tensor([0.02, 0.0])}, "motion 1 has"),
        ({"length_starts": torch.tensor([0, 9])}, "motion 1 has length_starts 9"),
        ({"motion_num_frames": torch.tensor([10, 0])}, "motion_num_frames 0"),
    ],
)
def test_contradicting_tables_are_refused(tmp_path, changes, message):
    content = {
        "length_starts": torch.tensor([0, 10]),
        "motion_num_frames": torch.tensor([10, 5]),
        "motion_dt": torch.tensor([0.02, 1.0 / 30.0]),
    }
    assert motion_table(content, tmp_path) == ([0, 10], [10, 5], [50.0, 30.0])
    with pytest.raises(FormatError, match=message):
        motion_table(content | changes, tmp_path / "x.pt")

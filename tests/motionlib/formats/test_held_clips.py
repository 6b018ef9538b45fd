"""What a pickle or a torch file holds: clips, or something that is named."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.formats.held_clips import clips_of

CLIP = {"root_pos": np.zeros((2, 3)), "root_rot": np.zeros((2, 4)), "dof_pos": np.zeros((2, 5))}
PATH = Path("some/walk.pkl")


def held(content):
    return clips_of(content, PATH, kind="a pickle")


def test_one_clip_is_called_like_its_file():
    assert list(held(CLIP)) == ["walk"]
    assert list(held({"a/b": CLIP, "c": CLIP})) == ["a_b", "c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"poses": 1, "trans": 2}, "a human's motion .*AMASS"),
        ({"x": {"pose_quat_global": 1}}, "a human's motion .*--robot smpl"),
        ({"a": {"coefficients": 1}}, "walking references.*motion convert"),
        ({"gts": 1, "grs": 2}, "packed library.*motion lib"),
        ([1], "a pickle of a list, which is no layout"),
        ({"weights": np.zeros(3)}, "a pickle of weights, which is no layout"),
        ({"k" * 9000: 1}, "a pickle of kkk"),
    ],
)
def test_others_are_named(content, message):
    with pytest.raises(FormatError, match=message) as caught:
        held(content)
    assert len(str(caught.value)) < 700

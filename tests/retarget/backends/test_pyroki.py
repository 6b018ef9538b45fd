"""Without PyRoki; with it, `tests/foreign/test_pyroki.py` solves clips."""

import sys
from types import ModuleType

import pytest

from retarget.backends.pyroki import CHUNK, OVERLAP, PyrokiBackEnd, padded_frames
from retarget.errors import RetargetError
from retarget.pairs.pair import Pair
from retarget.retargeting import Retargeter
from retarget.settings import RetargetSettings


@pytest.mark.parametrize("missing", ["pyroki", "jaxls"])
def test_without_pyroki_it_says_how_to_get_it(g1, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, "pyroki", ModuleType("pyroki"))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(RetargetError, match=f"'pyroki' needs the package '{missing}'") as info:
        Retargeter(g1, g1, RetargetSettings(method="pyroki"))
    assert "pip install git+https://github.com/brentyi/jaxls.git" in str(info.value)
    assert "pip install git+https://github.com/chungmin99/pyroki.git" in str(info.value)
    assert "method 'native'" in str(info.value)


def test_rotation_vectors_are_refused_before_anything_is_imported(smpl):
    pair = Pair(source="smpl", target="smpl", keypoints=())
    with pytest.raises(RetargetError, match="smpl: PyRoki turns hinges"):
        PyrokiBackEnd(smpl, pair)


def test_few_shapes_are_compiled():
    shapes = {padded_frames(frames) for frames in range(1, CHUNK + OVERLAP + 1)}
    assert shapes == {64, 128, 256, 512}
    assert all(padded_frames(frames) >= frames for frames in range(1, CHUNK + OVERLAP + 1))

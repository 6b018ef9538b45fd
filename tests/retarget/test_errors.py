import sys

import pytest

from motionlib.errors import MotionError
from retarget.errors import RetargetError, optional_module


def test_a_module_that_is_there():
    assert optional_module("json", method="native", install="nothing").__name__ == "json"


def test_a_module_that_is_not_there_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "colorless_ideas", None)
    with pytest.raises(RetargetError, match="'dream' needs the package 'colorless_ideas'") as info:
        optional_module("colorless_ideas", method="dream", install="pip install sleep")
    assert "install it with: pip install sleep" in str(info.value)
    assert isinstance(info.value, MotionError)

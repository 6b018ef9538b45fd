"""Functions by name."""

import pytest

from training.envs.registry import Registry, named


def test_a_name_is_declared_once() -> None:
    registry: Registry[int] = Registry("number")
    registry.add("one", 1)
    with pytest.raises(ValueError, match="number 'one' is declared twice"):
        registry.add("one", 2)
    assert dict(registry) == {"one": 1}


def test_a_function_says_what_it_is() -> None:
    def mute(now):
        return now

    def spoken(now):
        """Nothing at all.

        Does not see anything.
        """
        return now

    with pytest.raises(ValueError, match="mute has no docstring"):
        named(mute, unit="m")
    assert named(spoken, unit="m").meaning == "Nothing at all."

"""Functions by name."""

import pytest

from training.envs.registry import Named, Registry, named


def entry(module: str) -> Named:
    def weight(now):
        """Nothing at all."""
        return now

    weight.__module__ = module
    return named(weight, unit="kg")


def test_a_name_is_one_function_s_though_its_file_may_run_twice() -> None:
    registry, again = Registry("number"), entry("here")
    registry.add(entry("here"))
    registry.add(again)
    with pytest.raises(ValueError, match=r"number 'weight' is declared twice, in here\.weight and"):
        registry.add(entry("there"))
    assert dict(registry) == {"weight": again}


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

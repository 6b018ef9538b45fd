"""How a view is declared and found."""

from collections.abc import Callable

from training.envs.registry import Of, Registry, named

VIEWS = Registry("view")


def view(*, unit: str) -> Callable[[Of], Of]:
    """Declare a function of a moment with (E, n) values as a view, under its own name.

    Args:
        unit: As in "m", "rad/s"; "1" for numbers without one.
    """

    def declare(function: Of) -> Of:
        VIEWS.add(named(function, unit=unit))
        return function

    return declare

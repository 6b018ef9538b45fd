"""How a view is declared and found."""

from collections.abc import Callable

from training.envs.registry import Named, Of, Registry, named

VIEWS: Registry[Named] = Registry("view")


def view(*, unit: str) -> Callable[[Of], Of]:
    """Declare a function of a moment with (E, n) values as a view, under its own name.

    Args:
        unit: As in "m", "rad/s"; "1" for numbers without one.
    """

    def declare(function: Of) -> Of:
        entry = named(function, unit=unit)
        VIEWS.add(entry.name, entry)
        return function

    return declare

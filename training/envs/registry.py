"""Functions by name: a function is declared where it is written and used by its name."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from motionlib.errors import nearest_names
from training.envs.moment import Moment
from training.values import FieldError

Of = Callable[[Moment], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A function of a moment, and what is known about it."""

    name: str
    unit: str
    """Unit of its values; "1" for counts and shares."""
    meaning: str
    """First line of its docstring."""
    function: Of

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.function.__module__}.{self.name}"

    def __call__(self, now: Moment) -> Tensor:
        """Its value, computed once a moment."""
        return now.of(self.function)


class Registry(Mapping[str, Named]):
    """Functions that were declared, by name."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, Named] = {}

    def add(self, entry: Named) -> None:
        """Declare a function under its name.

        Raises:
            ValueError: Another function has it.
        """
        taken = self._entries.get(entry.name)
        # the same file may be executed twice: an experiment's, by its path
        if taken is not None and taken.place != entry.place:
            raise ValueError(
                f"{self._kind} {entry.name!r} is declared twice, in {taken.place} and in "
                f"{entry.place}; choose another name"
            )
        self._entries[entry.name] = entry

    def require(self, name: str, *, owner: Any, field: str) -> None:
        """Refuse a name that was not declared.

        Args:
            name: Wanted.
            owner: The configuration that uses it.
            field: Where in it, a path of fields and entries.

        Raises:
            FieldError: Names the nearest.
        """
        if name not in self._entries:
            raise FieldError(
                owner,
                field,
                expected=f"a {self._kind}'s name; {nearest_names(name, self._entries)}. One of "
                "your own is known once its module is imported",
            )

    def __getitem__(self, name: str) -> Named:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def named(function: Of, *, unit: str) -> Named:
    """A function with its name, unit and the first line of its docstring.

    Raises:
        ValueError: It has no docstring.
    """
    text = inspect.getdoc(function)
    name = getattr(function, "__name__", "")
    if not text:
        raise ValueError(f"{name} has no docstring; say what it is and what it does not see")
    return Named(name=name, unit=unit, meaning=text.splitlines()[0], function=function)

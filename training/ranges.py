"""What values of a configuration may be: written beside a field, checked when it is built.

`gamma: Share = 0.99` is a number from 0 to 1; `check_fields` of `values.py` holds every field of a
dataclass to its annotation.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any


class Condition(ABC):
    """What a value must satisfy; `str` of it completes "expected ..."."""

    @abstractmethod
    def __contains__(self, value: Any) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(Condition):
    """Bounds of a number; NaN lies in no range, and infinity only where nothing is below it."""

    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None

    def __contains__(self, value: Any) -> bool:
        return (
            not math.isnan(value)
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        finite = self.below is not None and math.isinf(self.below)
        parts = []
        if self.above is not None and not math.isinf(self.above):
            parts.append(f"more than {self.above:g}")
        if self.least is not None:
            parts.append(f"{self.least:g} or more")
        if self.most is not None:
            parts.append(f"at most {self.most:g}")
        if self.below is not None and not finite:
            parts.append(f"less than {self.below:g}")
        said = " and ".join(parts)
        if not finite:
            return said
        return f"{said}, finite" if said else "a finite number"


class Ascending(Condition):
    """A pair whose second number is not below its first."""

    def __contains__(self, value: Any) -> bool:
        return value[0] <= value[1]

    def __str__(self) -> str:
        return "the smaller number first"


class Filled(Condition):
    """Text or a collection with something in it."""

    def __contains__(self, value: Any) -> bool:
        return len(value) > 0

    def __str__(self) -> str:
        return "something, not nothing"


Count = Annotated[int, Range(least=1)]
"""1, 2, ..."""
Natural = Annotated[int, Range(least=0)]
"""0, 1, ..."""
Finite = Annotated[float, Range(above=-math.inf, below=math.inf)]
Positive = Annotated[float, Range(above=0.0, below=math.inf)]
NonNegative = Annotated[float, Range(least=0.0, below=math.inf)]
Share = Annotated[float, Range(least=0.0, most=1.0)]
Duration = Annotated[float, Range(above=0.0)]
"""Seconds, more than 0; infinity is for ever."""
Threshold = Annotated[float, Range(least=0.0)]
"""0 or more; infinity is never passed."""
Name = Annotated[str, Filled()]

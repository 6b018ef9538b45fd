"""What a number that is measured on a clip is: name, unit and meaning, said once for each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure of a stage; tables, gates, checks, reports and documents take it from here."""

    name: str
    """Its column in tables; the gate on it has the same name."""
    unit: str
    """`share` for a part of a whole; empty for ratios and text."""
    meaning: str
    """What it is, and what it does not see where that is easily forgotten; no full stop."""
    frame: bool | str = False
    """Whether `<name>_frame` has the frame of its worst value, or the column that has it."""
    label: str = ""
    """Short, for people; empty takes the name, spaces between its words."""
    signed: bool = False
    """Whether it may be below zero: bounds then hold its size."""
    said: Callable[[float, float, int | None], str] | None = None
    """Value, bound and frame as a reason, where the numbers alone would tell people little."""

    @property
    def frame_column(self) -> str:
        """Column of the frame of its worst value; empty if it has none."""
        return self.frame if isinstance(self.frame, str) else f"{self.name}_frame" * self.frame

    @property
    def words(self) -> str:
        """Its label, or its name as words."""
        return self.label or self.name.replace("_", " ")

    @property
    def title(self) -> str:
        """Name and unit, for figures."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def worst_frame(self, values: Mapping[str, object]) -> int | None:
        """The frame of its worst value; None where it has none, or was not measured.

        Args:
            values: Measures of a clip, or a row of a table.
        """
        found = values.get(self.frame_column)
        return None if found is None else int(float(str(found)))


def columns_of(measures: Iterable[Measure]) -> tuple[str, ...]:
    """All columns of a table of measures in its order, each frame behind the first that has it."""
    pairs = ((each.name, each.frame_column) for each in measures)
    return tuple(dict.fromkeys(column for pair in pairs for column in pair if column))

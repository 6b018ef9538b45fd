import math
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from training.ranges import (
    Ascending,
    Count,
    Duration,
    Finite,
    Name,
    Natural,
    NonNegative,
    Positive,
    Range,
    Share,
    Threshold,
)
from training.values import ConfigError, check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    count: Count = 1
    natural: Natural = 0
    finite: Finite = 0.0
    positive: Positive = 1.0
    non_negative: NonNegative = 0.0
    share: Share = 0.5
    duration: Duration = 1.0
    threshold: Threshold = 0.0
    name: Name = "x"
    pair: Annotated[tuple[NonNegative, NonNegative], Ascending()] | None = None
    angle: Annotated[float, Range(above=0.0, most=3.0)] = 1.0
    small: Annotated[int, Range(below=9)] = 1

    def __post_init__(self) -> None:
        check_fields(self)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("count", 1), ("natural", 0), ("finite", -5.0), ("positive", 1e-9), ("share", 1)),
        *(("duration", math.inf), ("threshold", math.inf), ("pair", (1.0, 1.0)), ("angle", 3.0)),
    ],
)
def test_takes_what_lies_inside(field: str, value: Any) -> None:
    assert getattr(Held(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("count", 0, "1 or more"),
        ("natural", -1, "0 or more"),
        ("finite", math.inf, "a finite number"),
        ("finite", math.nan, "a number"),
        ("positive", 0.0, "more than 0, finite"),
        ("positive", math.inf, "more than 0, finite"),
        ("non_negative", -0.1, "0 or more, finite"),
        ("share", 1.1, "0 to 1"),
        ("duration", 0.0, "more than 0"),
        ("threshold", -1.0, "0 or more"),
        ("threshold", math.nan, "a number"),
        ("name", "", "something, not nothing"),
        ("pair", (2.0, 1.0), "the smaller number first"),
        ("angle", 3.1, "more than 0 and at most 3"),
        ("small", 9, "less than 9"),
        ("count", 1.5, "a whole number"),
        ("count", True, "a whole number"),
    ],
)
def test_refuses_what_lies_outside(field: str, value: Any, expected: str) -> None:
    with pytest.raises(ConfigError) as error:
        Held(**{field: value})
    assert str(error.value) == f"Held.{field} is {value!r}, expected {expected}"


def test_items_of_a_pair_are_named() -> None:
    with pytest.raises(ConfigError, match=r"Held\.pair\[0\] is -1\.0, expected 0 or more"):
        Held(pair=(-1.0, 1.0))

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest
import yaml

from training.ranges import Share
from training.values import (
    ConfigError,
    FieldError,
    check_fields,
    differences,
    plain_from_value,
    value_from_plain,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    weight: float = 1.0
    mode: Literal["adaptive", "uniform"] = "adaptive"

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError("weight is negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    name: str
    count: int = 3
    on: bool = True
    sizes: tuple[int, ...] = (1, 2)
    pair: tuple[float, float] = (0.0, 1.0)
    limit: float | None = None
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    table: Mapping[str, float] = field(default_factory=dict)


FULL = Outer(name="a", limit=2.5, many=(Inner(weight=2.0), Inner(mode="uniform")), table={"x": 1.0})


def test_round_trip_through_yaml() -> None:
    text = yaml.safe_dump(plain_from_value(FULL))
    assert value_from_plain(Outer, yaml.safe_load(text)) == FULL


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cuont": 1}, r"cuont is unknown; nearest: count"),
        ({"inner": {"wieght": 1}}, r"inner\.wieght is unknown; nearest: weight"),
        ({"count": "3"}, r"count is '3', expected a whole number"),
        ({"count": 2.5}, r"count is 2.5, expected a whole number"),
        ({"count": True}, r"count is True, expected a whole number"),
        ({"on": 1}, r"on is 1, expected true or false"),
        ({"inner": {"mode": "adaptif"}}, r"inner\.mode is 'adaptif'.*nearest: adaptive"),
        ({"pair": [1.0]}, r"pair is \[1.0\], expected a list of 2"),
        ({"sizes": [1, "x"]}, r"sizes\[1\] is 'x', expected a whole number"),
        ({"many": [{"weight": "x"}]}, r"many\[0\]\.weight is 'x', expected a number"),
        ({"inner": 3}, r"inner is 3, expected a mapping"),
        ({"inner": {"weight": -1.0}}, r"inner: weight is negative"),
        ({"limit": "x"}, r"limit is 'x', expected a number"),
    ],
)
def test_refuses_by_name(change: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        value_from_plain(Outer, {"name": "a", **change})


def test_missing_field_is_named() -> None:
    with pytest.raises(ConfigError, match="name is missing"):
        value_from_plain(Outer, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    low: float
    high: float

    @classmethod
    def from_number(cls, value: float) -> "Range":
        return cls(low=value, high=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    of: Range


def test_a_dataclass_may_take_a_number_for_its_fields() -> None:
    one = Ranged(of=Range(low=2.0, high=2.0))
    assert value_from_plain(Ranged, {"of": 2}) == one
    assert value_from_plain(Ranged, {"of": {"low": 2, "high": 2.0}}) == one
    for wrong in (True, "2", float("nan")):
        with pytest.raises(ConfigError, match=r"of is .*, expected a number"):
            value_from_plain(Ranged, {"of": wrong})


def test_the_order_of_a_mapping_is_a_difference() -> None:
    """Columns of observations stand in the order of their views."""
    old, new = {"views": {"a": 1, "b": 2}}, {"views": {"b": 2, "a": 1}}
    assert differences(old, new) == {"views": (["a", "b"], ["b", "a"])}
    assert differences(old, old) == {}


def test_differences_name_every_leaf() -> None:
    old = plain_from_value(FULL)
    new = {**old, "count": 4, "inner": {**old["inner"], "weight": 9.0}}
    assert differences(old, new) == {"count": (3, 4), "inner.weight": (1.0, 9.0)}
    assert differences(old, old) == {}


def test_refuses_what_is_not_plain() -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        plain_from_value({"a": object()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Low:
    kind: Literal["low"] = "low"
    depth: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class High:
    kind: Literal["high"] = "high"
    least: Share = 0.1
    most: Share = 0.9

    def __post_init__(self) -> None:
        check_fields(self)
        if self.least > self.most:
            raise FieldError(self, "least", expected=f"at most most, {self.most}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    one: Low | High = Low()
    table: Mapping[str, Low | High] = field(default_factory=dict)


def test_a_union_is_chosen_by_kind() -> None:
    value = Chooser(one=High(most=0.5), table={"a": Low(depth=2.0), "b": High()})
    assert (
        value_from_plain(Chooser, yaml.safe_load(yaml.safe_dump(plain_from_value(value)))) == value
    )


@pytest.mark.parametrize(
    ("one", "message"),
    [
        ({"depth": 1.0}, r"^one\.kind is missing, expected one of high, low$"),
        ({"kind": "hihg"}, r"^one\.kind is 'hihg', expected one of high, low; nearest: high$"),
        ({"kind": "high", "depth": 1.0}, r"^one\.depth is unknown"),
        ({"kind": "high", "most": 2}, r"^one\.most is 2\.0, expected 0 to 1$"),
        ({"kind": "high", "most": 0.05}, r"^one\.least is 0\.1, expected at most most, 0\.05$"),
        (3, r"^one is 3, expected a section whose kind is one of high, low$"),
    ],
)
def test_a_choice_is_refused_by_name(one: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        value_from_plain(Chooser, {"one": one})


def test_entries_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"^table\.b\.depth is 'x', expected a number$"):
        value_from_plain(Chooser, {"table": {"b": {"kind": "low", "depth": "x"}}})


def test_a_value_built_by_hand_names_its_class() -> None:
    with pytest.raises(ConfigError, match=r"^High\.most is 2\.0, expected 0 to 1$"):
        High(most=2.0)
    with pytest.raises(ConfigError, match=r"^High\.least is 0\.5, expected at most most, 0\.2$"):
        High(least=0.5, most=0.2)


def test_a_huge_value_is_not_written_out() -> None:
    bomb: object = "x"
    for _ in range(40):
        bomb = [bomb, bomb, bomb]
    for change in ({"count": bomb}, {"inner": {"mode": bomb}}):
        with pytest.raises(ConfigError, match=" is ") as error:
            value_from_plain(Outer, {"name": "a", **change})
        assert len(str(error.value)) < 500

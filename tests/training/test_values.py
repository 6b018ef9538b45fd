from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest
import yaml

from training.values import ConfigError, differences, plain_from_value, value_from_plain


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


def test_differences_name_every_leaf() -> None:
    old = plain_from_value(FULL)
    new = {**old, "count": 4, "inner": {**old["inner"], "weight": 9.0}}
    assert differences(old, new) == {"count": (3, 4), "inner.weight": (1.0, 9.0)}
    assert differences(old, old) == {}


def test_refuses_what_is_not_plain() -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        plain_from_value({"a": object()})

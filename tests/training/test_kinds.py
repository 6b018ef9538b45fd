from dataclasses import dataclass
from typing import Literal

import pytest

from training.kinds import kind_of, member_of, members_of, open_choice


@open_choice
class Shape:
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball(Shape):
    kind: Literal["ball"] = "ball"


def test_members_are_found_by_their_kind() -> None:
    assert member_of(Shape)(Ball) is Ball
    assert kind_of(Ball) == "ball"
    assert members_of(Shape, ()) == {"ball": Ball}
    assert members_of(Shape | None, (Shape, type(None))) == {"ball": Ball}
    assert members_of(Ball, ()) is None
    assert members_of(int | None, (int, type(None))) is None


def test_the_same_class_registers_twice_and_another_does_not() -> None:
    member_of(Shape)(Ball)
    member_of(Shape)(Ball)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Thief(Shape):
        kind: Literal["ball"] = "ball"

    with pytest.raises(ValueError, match=r"Thief: kind 'ball' is .*Ball's already"):
        member_of(Shape)(Thief)


def test_a_class_without_a_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a field kind"):
        member_of(Shape)(Shape)

import math
from typing import Any

import pytest

from motionlib.stages.verdicts import Bound, plain_bounds
from retarget.quality.gates import RetargetGates
from retarget.stage.books import books_of_robots


def human(name: str, seconds: float, split: str = "train") -> dict[str, Any]:
    return {"clip_id": name, "seconds": seconds, "split": split, "subset": "CMU"}


HUMAN = [human("a", 3600.0), human("b", 1800.0), human("c", 1800.0, "test")]


def on(robot: str, fates: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {**row, "robot": robot, "fate": fates[row["clip_id"]][0], "gate": fates[row["clip_id"]][1]}
        for row in HUMAN
    ]  # fmt: skip


TABLE = [
    *on("g1", {"a": ("accepted", ""), "b": ("flagged", "skate"), "c": ("rejected", "deep")}),
    *on("h1", {"a": ("accepted", ""), "b": ("accepted", ""), "c": ("accepted", "")}),
]


def test_hours_in_are_hours_out_for_each_robot_and_split() -> None:
    books = books_of_robots(("g1", "h1"), HUMAN, TABLE)
    assert books.balanced
    hours = {(r["robot"], r["page"], r["fate"]): r["hours"] for r in books.rows()}
    assert hours["g1", "all", "in"] == 2.0
    assert hours["g1", "all", "accepted"] == 1.0
    assert hours["g1", "all", "flagged: skate"] == 0.5
    assert hours["g1", "test", "rejected: deep"] == 0.5
    assert hours["h1", "train", "accepted"] == 1.5
    assert hours["g1", "CMU", "flagged: skate"] == 0.5
    assert list(books.rows()[0]) == ["robot", "page", "fate", "clips", "hours"]
    assert books.robots["g1"].total.share("rejected") == 0.25
    assert books.robots["h1"].total.share("rejected") == 0.0


@pytest.mark.parametrize(
    "table",
    [TABLE[1:], [*TABLE, TABLE[0]], [{**TABLE[0], "seconds": 1.0}, *TABLE[1:]],
     [{**TABLE[0], "split": "test"}, *TABLE[1:]], [{**TABLE[0], "robot": "h1"}, *TABLE[1:]]],
)  # fmt: skip
def test_what_is_lost_twice_or_changed_does_not_balance(table: list[dict[str, Any]]) -> None:
    assert not books_of_robots(("g1", "h1"), HUMAN, table).balanced


def test_a_robot_without_any_clip_is_balanced_and_rejects_nothing() -> None:
    books = books_of_robots(("g1",), [], [])
    assert books.balanced
    assert books.robots["g1"].total.share("rejected") == 0.0


def test_bounds_are_plain_numbers() -> None:
    gates = RetargetGates(skate_mean_cm_s=Bound(accept=2.0, reject=math.inf))
    assert plain_bounds(gates)["skate_mean_cm_s"] == {"accept": 2.0, "reject": None}

"""The books of robots: human hours in = hours accepted + flagged + rejected by reason."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motionlib.errors import repeated_names
from motionlib.stages.books import Account
from retarget.quality.gates import BOUNDED, RetargetGates

Rows = Sequence[Mapping[str, Any]]
ROBOT_TABLE = "robot_clips.parquet"
"""Name of the table of robots' clips in a recipe's folder of reports."""
ROBOT_BOOKS = "robot_books.json"
"""Name of their books, and of the bounds that they were held against."""

ALL = "all"
"""The page of all clips of a robot."""
Bounds = Mapping[str, Mapping[str, float | None]]
"""Measure to its `accept` and `reject`; None where there is no bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotPage:
    """Where the human clips of one split, or all of them, went on one robot."""

    robot: str
    page: str
    """`all`, or a split."""
    taken_in: Account
    """Accepted human clips, in seconds of their source."""
    fates: Mapping[str, Account]
    """`accepted`, `flagged: reason` and `rejected: reason`, the greatest of each first."""

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing came from nowhere."""
        clips = sum(account.clips for account in self.fates.values())
        missing = self.taken_in.seconds - sum(account.seconds for account in self.fates.values())
        bound = 1e-6 * max(1.0, self.taken_in.seconds)
        return clips == self.taken_in.clips and abs(missing) < bound

    def share(self, fate: str) -> float:
        """Share of the seconds with this fate, whatever the reason."""
        found = [each for name, each in self.fates.items() if name.partition(":")[0] == fate]
        return sum(account.seconds for account in found) / max(self.taken_in.seconds, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotBooks:
    """Pages of all robots."""

    pages: tuple[RobotPage, ...]
    twice: tuple[str, ...]
    """Clips with several rows for one robot, which books cannot follow."""

    @property
    def balanced(self) -> bool:
        """Whether every page is balanced and every clip has one row a robot."""
        return not self.twice and all(page.balanced for page in self.pages)

    def total(self, robot: str) -> RobotPage:
        """The page of all clips of a robot."""
        return next(page for page in self.pages if (page.robot, page.page) == (robot, ALL))

    def rows(self) -> list[dict[str, Any]]:
        """One row a page and fate: `robot page fate clips hours`."""
        return [
            {
                "robot": page.robot,
                "page": page.page,
                "fate": fate,
                "clips": account.clips,
                "hours": account.hours,
            }
            for page in self.pages
            for fate, account in (("in", page.taken_in), *page.fates.items())
        ]


def books_of_robots(robots: Sequence[str], human: Rows, table: Rows) -> RobotBooks:
    """Books of a table of robots' clips against the human clips that it came from.

    Args:
        robots: What each is called in the table.
        human: Accepted rows of the human clip table.
        table: Rows of `table.robot_rows`, of all robots and clips or of fewer by mistake.
    """
    splits = sorted({row["split"] for row in human} | {row["split"] for row in table})
    pages = []
    for robot in robots:
        mine = [row for row in table if row["robot"] == robot]
        pages.append(_page(robot, ALL, human, mine))
        pages += [_page(robot, split, _of(human, split), _of(mine, split)) for split in splits]
    names = (f"{row['robot']}|{row['clip_id']}" for row in table)
    return RobotBooks(pages=tuple(pages), twice=tuple(repeated_names(names)))


def bounds_of(gates: RetargetGates) -> Bounds:
    """The bounds of gates as plain values that JSON can hold."""
    found = {name: getattr(gates, name) for name in BOUNDED}
    return {
        name: {"accept": _finite(bound.accept), "reject": _finite(bound.reject)}
        for name, bound in found.items()
    }


def _of(rows: Rows, split: str) -> Rows:
    return [row for row in rows if row["split"] == split]


def _page(robot: str, name: str, human: Rows, table: Rows) -> RobotPage:
    found: dict[str, list[float]] = {"accepted": []}
    for row in table:
        fate = f"{row['fate']}: {row['reason_of']}" if row["reason_of"] else row["fate"]
        found.setdefault(fate, []).append(row["seconds"])
    accounts = {fate: Account(clips=len(s), seconds=sum(s)) for fate, s in found.items()}
    ordered = sorted(
        accounts.items(), key=lambda pair: (pair[0].partition(":")[0], -pair[1].seconds, pair[0])
    )
    seconds = [row["seconds"] for row in human]
    return RobotPage(
        robot=robot,
        page=name,
        taken_in=Account(clips=len(seconds), seconds=sum(seconds)),
        fates=dict(ordered),
    )


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None

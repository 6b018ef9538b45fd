"""The books of a recipe's robots: the human clips that were taken in are accounted for on each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motionlib.stages.books import Books, books_of

Rows = Sequence[Mapping[str, Any]]
ROBOT_TABLE = "robot_clips.parquet"
"""Name of the table of robots' clips in a recipe's folder of reports."""
ROBOT_BOOKS = "robot_books.json"
"""Name of their books, and of the bounds that they were held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotBooks:
    """Books by robot."""

    robots: Mapping[str, Books]

    @property
    def balanced(self) -> bool:
        """Whether those of every robot are."""
        return all(books.balanced for books in self.robots.values())

    def rows(self) -> list[dict[str, object]]:
        """One row a robot, page and fate: `robot page fate clips hours`."""
        pairs = self.robots.items()
        return [{"robot": robot, **row} for robot, books in pairs for row in books.rows()]


def books_of_robots(robots: Sequence[str], human: Rows, table: Rows) -> RobotBooks:
    """Books of a table of robots' clips against the human clips that it came from.

    Args:
        robots: What each is called in the table.
        human: Rows of the human clip table that went to robots.
        table: Rows of `table.robot_rows`, of all robots and clips or of fewer by mistake.
    """
    tables = {robot: [row for row in table if row["robot"] == robot] for robot in robots}
    return RobotBooks(robots={robot: books_of(human, rows) for robot, rows in tables.items()})

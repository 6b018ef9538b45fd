"""Blocking checks of a stage's table: no clip lost, none invented, not too much rejected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.common import key_of
from assets.layers import Layer
from assets.partitions import robot_of_run
from assets.previews import table_preview
from assets.stages.tables import StageTables, rows_of_robot
from assets.tables import read_rows
from motionlib.showing import counted
from motionlib.stages.verdicts import ACCEPTED, FATES, REJECTED, is_kept

if TYPE_CHECKING:
    from motionlib.stages.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What a stage took in, against which its table is held."""

    tables: StageTables
    taken_in: str
    """Layer of the clips that the stage took in."""
    read: Callable[[Layer], list[dict[str, Any]]]
    """That layer to rows with `clip_id seconds split subset`."""
    robots: tuple[str, ...] = ("",)
    """Each has a row of its own for every clip; one without a name where there are none."""

    def books(self, taken_in: Layer, table: Sequence[dict[str, Any]], robot: str) -> "Books":
        """Books of one robot."""
        from motionlib.stages.books import books_of

        return books_of(self.read(taken_in), rows_of_robot(table, robot))


def books_check(accounts: Accounts) -> dg.AssetChecksDefinition:
    """`books_balanced` of a stage's table."""
    tables = accounts.tables
    recipe = tables.recipe

    @dg.asset_check(
        asset=key_of(recipe, tables.layer),
        name="books_balanced",
        description=(
            "Hours in = hours accepted + flagged + rejected, by gate, and every clip that was "
            "taken in has exactly one row and one fate."
        ),
        additional_ins={"taken_in": dg.AssetIn(key=key_of(recipe, accounts.taken_in))},
        blocking=True,
    )
    def check(table: Layer, taken_in: Layer) -> dg.AssetCheckResult:
        rows, names = read_rows(table.path), [row["clip_id"] for row in accounts.read(taken_in)]
        books = {each: accounts.books(taken_in, rows, each) for each in accounts.robots}
        wanted = {_name(robot, name) for robot in accounts.robots for name in names}
        found = {_name(row.get("robot", ""), row["clip_id"]) for row in rows}
        lost, invented = sorted(wanted - found), sorted(found - wanted)
        silent = [r["clip_id"] for r in rows if r["fate"] != ACCEPTED and not r["reason"]]
        balanced = all(each.balanced for each in books.values()) and _one_fate(tables, table, rows)
        return dg.AssetCheckResult(
            passed=balanced and not lost and not invented and not silent,
            description=_said(lost, invented, silent, balanced=balanced),
            metadata={
                "books": table_preview(
                    [
                        {"robot": robot, **row} if robot else row
                        for robot, each in books.items()
                        for row in each.rows()
                    ],
                    limit=60,
                ),
                "lost": lost[:20],
                "invented": invented[:20],
                "without_reason": silent[:20],
            },
        )

    return check


def share_check(accounts: Accounts, bound: float) -> dg.AssetChecksDefinition:
    """`rejected_share` of a stage's table.

    Args:
        accounts: Of the stage.
        bound: Share of the hours that may be rejected.
    """

    @dg.asset_check(
        asset=key_of(accounts.tables.recipe, accounts.tables.layer),
        **_share_options(accounts, bound, "taken_in"),
    )
    def check(table: Layer, taken_in: Layer) -> dg.AssetCheckResult:
        return _share(accounts, bound, table=table, taken_in=taken_in)

    return check


def robot_share_check(
    accounts: Accounts, bound: float, *, report: str, robots: dg.PartitionsDefinition
) -> dg.AssetChecksDefinition:
    """`rejected_share` of each robot, on its report: that is where people look why.

    Args:
        accounts: Of the stage.
        bound: Share of the hours that may be rejected.
        report: Layer of the reports.
        robots: A partition a robot.
    """

    @dg.asset_check(
        asset=key_of(accounts.tables.recipe, report),
        **_share_options(accounts, bound, "taken_in", "table"),
        partitions_def=robots,
    )
    def check(
        context: dg.AssetCheckExecutionContext, report: Layer, taken_in: Layer, table: Layer
    ) -> dg.AssetCheckResult:
        robot = robot_of_run(context)
        found = _share(accounts, bound, table=table, taken_in=taken_in, robot=robot)
        return found._replace(description=f"{found.description}; see {report.path}")

    return check


def _share_options(accounts: Accounts, bound: float, *inputs: str) -> dict[str, Any]:
    layers = {"taken_in": accounts.taken_in, "table": accounts.tables.layer}
    keys = {name: key_of(accounts.tables.recipe, layers[name]) for name in inputs}
    return {
        "name": "rejected_share",
        "description": (
            f"At most {bound:.0%} of the hours are rejected, and at least one clip is not."
        ),
        "additional_ins": {name: dg.AssetIn(key=key) for name, key in keys.items()},
        "blocking": True,
    }


def _share(
    accounts: Accounts, bound: float, *, table: Layer, taken_in: Layer, robot: str = ""
) -> dg.AssetCheckResult:
    total = accounts.books(taken_in, read_rows(table.path), robot).total
    share = total.share(REJECTED)
    gates = (name for name in total.fates if name.startswith(f"{REJECTED}: "))
    worst = next(gates, "nothing").removeprefix(f"{REJECTED}: ")
    where = f" on {robot}" if robot else ""
    return dg.AssetCheckResult(
        passed=share <= bound and total.kept.clips > 0,
        description=f"{share:.1%} of the hours are rejected{where}, most by {worst}",
        metadata={"share": share, "bound": bound, "kept": total.kept.clips},
    )


def _one_fate(tables: StageTables, table: Layer, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether every fate is one, and the table of rejected clips names just the rejected ones."""
    told = read_rows(table.path.with_name(tables.rejected))
    rejected = [(row.get("robot", ""), row["clip_id"]) for row in rows if not is_kept(row)]
    named = [(row.get("robot", ""), row["clip_id"]) for row in told]
    return {row["fate"] for row in rows} <= set(FATES) and sorted(named) == sorted(rejected)


def _name(robot: str, clip_id: str) -> str:
    return f"{robot}|{clip_id}" if robot else clip_id


def _said(lost: list[str], invented: list[str], silent: list[str], *, balanced: bool) -> str:
    parts = [] if balanced else ["the books do not balance"]
    parts += [f"{counted(len(lost), 'clip')} without a row ({lost[0]}, ...)"] if lost else []
    parts += (
        [f"{counted(len(invented), 'row')} of no clip ({invented[0]}, ...)"] if invented else []
    )
    parts += (
        [f"{counted(len(silent), 'fate')} without a reason ({silent[0]}, ...)"] if silent else []
    )
    return "; ".join(parts) or "hours in = hours accepted + flagged + rejected"

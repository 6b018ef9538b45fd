"""The books of a source of clips: hours in = hours accepted + flagged + rejected, by gate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motionlib.corpus.row import ClipRow
from motionlib.errors import repeated_names
from motionlib.stages.verdicts import ACCEPTED, FATES, Fate

Row = Mapping[str, object]
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Clips and the seconds of source that they stand for; unreadable files stand for none."""

    clips: int = 0
    seconds: float = 0.0

    @property
    def hours(self) -> float:
        """Hours of source."""
        return self.seconds / _SECONDS_AN_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where the clips of one split, one subset, or all of them went."""

    taken_in: Account
    """By the stage."""
    fates: Mapping[str, Account]
    """`accepted`, `flagged: gate` and `rejected: gate`, in this order, the greatest gates first."""

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing came from nowhere."""
        out = _sum(self.fates.values())
        missing = self.taken_in.seconds - out.seconds
        return self.taken_in.clips == out.clips and abs(missing) < 1e-6 * max(
            1.0, self.taken_in.seconds
        )

    @property
    def kept(self) -> Account:
        """What goes on: accepted and flagged clips."""
        return _sum((self.of("accepted"), self.of("flagged")))

    def of(self, fate: Fate) -> Account:
        """What has this fate, by whatever gate."""
        return _sum(each for name, each in self.fates.items() if name.partition(":")[0] == fate)

    def share(self, fate: Fate) -> float:
        """Share of the seconds with this fate."""
        return self.of(fate).seconds / max(self.taken_in.seconds, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What was taken in and what became of it, like an accountant's books: both sides are equal.

    They are kept from two lists that know nothing of each other, what a stage took in and the
    table that it wrote, so that a clip that is lost, invented or counted twice unbalances them.
    """

    total: Page
    splits: Mapping[str, Page]
    subsets: Mapping[str, Page]
    twice: tuple[str, ...] = ()
    """Ids with several rows, which books cannot follow."""

    @property
    def balanced(self) -> bool:
        """Whether every page is balanced and every clip has one row."""
        pages = (self.total, *self.splits.values(), *self.subsets.values())
        return not self.twice and all(page.balanced for page in pages)

    def rows(self) -> list[dict[str, object]]:
        """One row a page and fate: `page fate clips hours`; for tables and metadata."""
        pages = {"all": self.total, **self.splits, **self.subsets}
        return [
            {"page": name, "fate": fate, "clips": account.clips, "hours": account.hours}
            for name, page in pages.items()
            for fate, account in (("in", page.taken_in), *page.fates.items())
        ]


def books_of(taken_in: Sequence[ClipRow] | Sequence[Row], table: Sequence[Row]) -> Books:
    """Books of a judged table against the clips that it came from.

    Args:
        taken_in: Rows of the index, or of an earlier table: `clip_id seconds split subset`.
        table: The same columns, `fate` and `gate`, of all of these clips, or fewer by mistake.
    """
    told = [row if isinstance(row, Mapping) else entry_of(row) for row in taken_in]
    return Books(
        total=page_of(_account(told), table),
        splits=_pages(told, table, "split"),
        subsets=_pages(told, table, "subset"),
        twice=tuple(repeated_names(str(row["clip_id"]) for row in table)),
    )


def page_of(taken_in: Account, table: Sequence[Row]) -> Page:
    """One page.

    Args:
        taken_in: What the source itself says that it holds.
        table: `seconds fate gate` of clips.
    """
    found: dict[str, list[Row]] = {ACCEPTED: []}
    for row in table:
        name = f"{row['fate']}: {row['gate']}" if row["gate"] else str(row["fate"])
        found.setdefault(name, []).append(row)
    accounts = {name: _account(rows) for name, rows in found.items()}
    return Page(taken_in=taken_in, fates=dict(sorted(accounts.items(), key=_place)))


def _pages(taken_in: Sequence[Row], table: Sequence[Row], column: str) -> dict[str, Page]:
    names = sorted({str(row[column]) for row in (*taken_in, *table)})
    return {
        name: page_of(
            _account([row for row in taken_in if row[column] == name]),
            [row for row in table if row[column] == name],
        )
        for name in names
    }


def entry_of(row: ClipRow) -> dict[str, Any]:
    """What books need of a row of the index."""
    return {
        "clip_id": row.clip_id,
        "seconds": row.seconds,
        "split": row.split,
        "subset": row.subset,
    }


def _place(named: tuple[str, Account]) -> tuple[int, float, str]:
    """Fates from good to bad, in each the greatest first."""
    name, account = named
    ranks = {fate: rank for rank, fate in enumerate(FATES)}
    return ranks.get(name.partition(":")[0], len(FATES)), -account.seconds, name


def _account(rows: Sequence[Row]) -> Account:
    return Account(clips=len(rows), seconds=sum(float(str(row["seconds"])) for row in rows))


def _sum(accounts: Iterable[Account]) -> Account:
    found = list(accounts)
    return Account(
        clips=sum(each.clips for each in found), seconds=sum(each.seconds for each in found)
    )

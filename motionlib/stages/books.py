"""The books of a folder of clips: hours in = hours accepted + hours rejected by reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from motionlib.corpus.row import ACCEPTED, REJECTED, ClipRow
from motionlib.errors import repeated_names

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
    """By the index."""
    accepted: Account
    rejected: Mapping[str, Account]
    """By what rejected them, the greatest first."""

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing came from nowhere."""
        parts = [self.accepted, *self.rejected.values()]
        missing = self.taken_in.seconds - sum(part.seconds for part in parts)
        return self.taken_in.clips == sum(part.clips for part in parts) and abs(
            missing
        ) < 1e-6 * max(1.0, self.taken_in.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipBooks:
    """Pages of all clips and of each split and subset."""

    total: Page
    splits: Mapping[str, Page]
    subsets: Mapping[str, Page]
    twice: tuple[str, ...]
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
            for fate, account in (
                ("in", page.taken_in),
                (ACCEPTED, page.accepted),
                *((f"{REJECTED}: {reason}", each) for reason, each in page.rejected.items()),
            )
        ]


def books_of(index: Sequence[ClipRow], table: Sequence[Mapping[str, object]]) -> ClipBooks:
    """Books of a judged table against the index that it came from.

    Args:
        index: What was taken in.
        table: Rows of `gates.judge`, of all of the index or of less by mistake.
    """
    splits = sorted({row.split for row in index} | {str(row["split"]) for row in table})
    subsets = sorted({row.subset for row in index} | {str(row["subset"]) for row in table})
    return ClipBooks(
        total=_page(index, table),
        splits={
            name: _page(
                [row for row in index if row.split == name],
                [row for row in table if row["split"] == name],
            )
            for name in splits
        },
        subsets={
            name: _page(
                [row for row in index if row.subset == name],
                [row for row in table if row["subset"] == name],
            )
            for name in subsets
        },
        twice=tuple(repeated_names(str(row["clip_id"]) for row in table)),
    )


def _page(index: Sequence[ClipRow], table: Sequence[Mapping[str, object]]) -> Page:
    by_reason: dict[str, list[float]] = {}
    for row in table:
        if row["fate"] != ACCEPTED:
            by_reason.setdefault(str(row["rejected_by"]), []).append(_seconds(row))
    rejected = {reason: _account(seconds) for reason, seconds in by_reason.items()}
    greatest_first = sorted(rejected.items(), key=lambda pair: (-pair[1].seconds, pair[0]))
    return Page(
        taken_in=_account([row.seconds for row in index]),
        accepted=_account([_seconds(row) for row in table if row["fate"] == ACCEPTED]),
        rejected=dict(greatest_first),
    )


def _account(seconds: Sequence[float]) -> Account:
    return Account(clips=len(seconds), seconds=sum(seconds))


def _seconds(row: Mapping[str, object]) -> float:
    return float(str(row["seconds"]))

"""Evaluations compared: every measure on every subset, with how sure it is, and motions by name."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from motionlib.errors import FormatError, nearest_names
from training.evaluation.comparing.intervals import (
    PERMUTATION,
    RESAMPLES,
    Difference,
    paired_differences,
)
from training.evaluation.comparing.pairing import pair
from training.evaluation.comparing.pairs import Pairs
from training.evaluation.comparing.sides import Measured, Side
from training.evaluation.comparison import GLOBAL

ALL = "all motions"
_GROUPINGS = ("dataset", "subset", "kind")
_LEAST_GROUPS = 2
_LEAST_FOR_P = 6
"""Fewer motions, even all changed alike, do not give a p below 5 %: there are 2 of 2^5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One measure on one subset of one split."""

    split: str
    group: str
    """What the subset is made by: `dataset`, `kind` ...; empty for all motions."""
    subset: str
    measure: Measured
    difference: Difference

    @property
    def verdict(self) -> str:
        """What the data show of the second side: better, worse, or no difference."""
        if self.difference.method == PERMUTATION and self.difference.motions < _LEAST_FOR_P:
            return "too few motions to tell"
        if not self.difference.shown or not self.difference.difference:
            return "no difference shown"
        up = self.difference.difference > 0
        return "better" if up == self.measure.more_is_better else "worse"

    def row(self) -> dict[str, Any]:
        """It as a row of a table."""
        measure = {"measure": self.measure.name, "unit": self.measure.unit}
        return {
            "split": self.split,
            "group": self.group,
            "subset": self.subset,
            **measure,
            **asdict(self.difference),
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one motion, by name."""

    split: str
    motion: str
    title: str
    first: float | None
    second: float | None
    cause: str
    """Why it failed, under whichever side failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The second side against the first."""

    pairs: Pairs
    found: Sequence[Found]
    verdicts: Mapping[str, tuple[Sequence[Change], Sequence[Change]]]
    """Share to motions that hold it under the second side only, and under the first only."""
    main: str
    """Measure by which motions are ordered."""
    better: Sequence[Change]
    """By how much, most first."""
    worse: Sequence[Change]

    @property
    def sides(self) -> dict[str, str]:
        """Whose rows a table's are, where it has those of several comparisons."""
        return {"first_side": self.pairs.first.label, "second_side": self.pairs.second.label}

    def rows(self, group: str | None = None) -> list[dict[str, Any]]:
        """What was found as rows of a table.

        Args:
            group: Of the subsets that a column makes, of all motions if empty; None: all of it.
        """
        chosen = self.found if group is None else self.of(group)
        return [{**self.sides, **found.row()} for found in chosen]

    def of(self, group: str = "") -> list[Found]:
        """What was found of the subsets that a column makes; of all motions if empty."""
        return [each for each in self.found if each.group == group]


def compare(
    first: Side,
    second: Side,
    *,
    common: bool = False,
    by: Sequence[str] = _GROUPINGS,
    main: str = "",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Compared:
    """Compare two evaluations motion by motion, and subset by subset.

    Splits are never put together: every subset is one of one split.

    Args:
        first: The one that is compared against.
        second: The other one.
        common: Compare motions of the same name though the libraries differ.
        by: Columns whose values make subsets; `kind` says whether a reference moves.
        main: Measure by which motions are ordered; the global body error, or the first that is no
            share, if empty.
        seed: Of the resampling.
        resamples: How many.

    Raises:
        FormatError: They cannot be compared, see `pairing.pair`, or one has no measure `main`.
    """
    pairs = pair(first, second, common=common)
    rng = np.random.default_rng(seed)
    strata = [_stratum(rows) for rows in pairs.rows]
    found = []
    for split, group, subset, motions in _subsets(pairs, by):
        one, two = pairs.values(motions)
        differences = paired_differences(
            one,
            two,
            strata=[strata[i] for i in motions],
            shares=[each.share for each in pairs.measures],
            rng=rng,
            resamples=resamples,
        )
        place = {"split": split, "group": group, "subset": subset}
        found += [
            Found(**place, measure=measure, difference=difference)
            for measure, difference in zip(pairs.measures, differences, strict=True)
        ]
    main = _main_of(pairs, main)
    better, worse = _changed(pairs, main)
    verdicts = {m.name: _turned(pairs, m.name) for m in pairs.measures if m.share}
    return Compared(
        pairs=pairs, found=found, verdicts=verdicts, main=main, better=better, worse=worse
    )


def motion_table(compared: Compared) -> list[dict[str, Any]]:
    """One row a motion: its split, its title, and of every measure both values and the difference."""
    titles, found = compared.pairs.titles, []
    for (split, case), (one, two) in zip(compared.pairs.keys, compared.pairs.rows, strict=True):
        row: dict[str, Any] = {"split": split, "motion": case, "title": titles.get(case, "")}
        row |= {"dataset": _stratum((one, two)), "kind": _group((one, two), "kind") or ""}
        for measure in compared.pairs.measures:
            a, b = _float(one[measure.name]), _float(two[measure.name])
            row |= {
                f"{measure.name} first": a,
                f"{measure.name} second": b,
                f"{measure.name} difference": None if a is None or b is None else b - a,
            }
        found.append(row)
    return found


def _subsets(pairs: Pairs, by: Sequence[str]) -> list[tuple[str, str, str, list[int]]]:
    """Split, grouping, subset and its motions; a grouping with one value only tells nothing new."""
    found = []
    for split in dict.fromkeys(split for split, _ in pairs.keys):
        inside = [i for i, key in enumerate(pairs.keys) if key[0] == split]
        found.append((split, "", ALL, inside))
        seen: list[list[list[int]]] = []
        for group in by:
            members: dict[str, list[int]] = {}
            for i in inside:
                if name := _group(pairs.rows[i], group):
                    members.setdefault(name, []).append(i)
            parts = list(members.values())
            if len(members) >= _LEAST_GROUPS and parts not in seen:
                seen.append(parts)
                found += [(split, group, name, members[name]) for name in sorted(members)]
    return found


def _group(rows: tuple[Mapping[str, Any], Mapping[str, Any]], column: str) -> str | None:
    """What a motion's rows say under a column, whichever has it."""
    if column == "kind":
        moving = _either(rows, "moving")
        return None if moving is None else ("moving" if moving else "standing")
    value = _either(rows, column)
    return None if value is None or value == "" else str(value)


def _stratum(rows: tuple[Mapping[str, Any], Mapping[str, Any]]) -> str:
    return _group(rows, "dataset") or _group(rows, "subset") or ""


def _either(rows: tuple[Mapping[str, Any], Mapping[str, Any]], column: str) -> Any:
    value = rows[0].get(column)
    return rows[1].get(column) if value is None else value


def _main_of(pairs: Pairs, main: str) -> str:
    names = [each.name for each in pairs.measures]
    if main and main not in names:
        raise FormatError(f"measure {main!r} is not in both tables; {nearest_names(main, names)}")
    measured = [each.name for each in pairs.measures if not each.share]
    return main or (GLOBAL if GLOBAL in names else (measured or names)[0])


def _changed(pairs: Pairs, main: str) -> tuple[list[Change], list[Change]]:
    """Motions that are better and worse under the second side by a measure, most changed first."""
    (measure,) = (each for each in pairs.measures if each.name == main)
    sign = 1.0 if measure.more_is_better else -1.0
    changes = [
        (sign * (float(two[main]) - float(one[main])), _change(pairs, i, main))
        for i, (one, two) in enumerate(pairs.rows)
        if one[main] is not None and two[main] is not None
    ]
    better = sorted((c for c in changes if c[0] > 0), key=lambda c: -c[0])
    worse = sorted((c for c in changes if c[0] < 0), key=lambda c: c[0])
    return [change for _, change in better], [change for _, change in worse]


def _turned(pairs: Pairs, name: str) -> tuple[list[Change], list[Change]]:
    """Motions of which a verdict holds under the second side only, and under the first only."""
    gained, lost = [], []
    for i, (one, two) in enumerate(pairs.rows):
        if one[name] is None or two[name] is None or one[name] == two[name]:
            continue
        (gained if two[name] else lost).append(_change(pairs, i, name))
    return gained, lost


def _change(pairs: Pairs, i: int, name: str) -> Change:
    (split, case), (one, two) = pairs.keys[i], pairs.rows[i]
    causes = dict.fromkeys(
        str(row["failure_cause"]) for row in (one, two) if row.get("failure_cause")
    )
    return Change(
        split=split,
        motion=case,
        title=pairs.titles.get(case, ""),
        first=_float(one[name]),
        second=_float(two[name]),
        cause=", then ".join(causes).replace("_", " "),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)

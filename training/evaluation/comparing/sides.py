"""One side of a comparison: the rows of an evaluation, its measures, and whose motions they are."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa

from motionlib.errors import FormatError
from motionlib.showing import listed
from training.evaluation.column import aliases_of
from training.evaluation.controllers import POLICY
from training.evaluation.tables import load_table, measured_columns, metadata_of

Key = tuple[str, str]
"""Split and case; the split is empty where a table knows of none."""
_HIGHER = re.compile(r"success|surviv|tracked_s$|.*accuracy|.*return")
"""Names of measures of which more is better; of all others less is."""
_SECONDS = ("survived_s", "tracked_s")
"""Times to a failure, which nobody averages but which can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One column that is compared."""

    name: str
    unit: str = ""
    meaning: str = ""
    share: bool = False
    """Whether it holds or not for each motion; its mean is a share of motions."""
    aliases: tuple[str, ...] = ()
    """What other projects and guides call it."""

    @property
    def more_is_better(self) -> bool:
        """Whether a policy is better where it is larger."""
        return _HIGHER.match(self.name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An evaluation that is compared with another one."""

    label: str
    """What people call it."""
    path: Path
    rows: Mapping[Key, Mapping[str, Any]]
    """A row each motion; shares are bool, other measures float, missing ones None."""
    measures: Mapping[str, Measured]
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Split to metadata of its evaluation; empty for a table of another project."""
    not_finite: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Measure to motions whose value was NaN or infinite; counted as missing."""
    notes: tuple[str, ...] = ()
    """What a reader has to know of how it was read."""

    @property
    def splits(self) -> tuple[str, ...]:
        """Splits that it has rows of, in their order."""
        return tuple(dict.fromkeys(split for split, _ in self.rows))

    @property
    def titles(self) -> dict[str, str]:
        """Motion to what people call it, where that is known."""
        found: dict[str, str] = {}
        for facts in self.facts.values():
            found |= facts.get("titles", {})
        return found

    def facts_of(self, split: str) -> Mapping[str, Any]:
        """Metadata of a split's evaluation; empty where nobody noted it."""
        return self.facts.get(split) or self.facts.get("") or {}


def side_of_table(path: Path, *, label: str) -> Side:
    """Read one of our per-motion tables.

    Args:
        path: Parquet; of several controllers the policy's rows are taken.
        label: What people call it.

    Raises:
        FormatError: Not such a table, one of another schema version, or a motion twice.
    """
    return side_from_table(load_table(path), path=path, label=label)


def side_from_table(table: pa.Table, *, path: Path, label: str) -> Side:
    """A table that was read or made; see `side_of_table`.

    Args:
        table: Per-motion rows; a column `split` says of which split they are.
        path: What errors call it.
        label: What people call it.

    Raises:
        FormatError: A motion twice, or several controllers without the policy.
    """
    metadata = metadata_of(table)
    measures = measures_of(table)
    rows = _of_one_controller(path, [flat(row) for row in table.to_pylist()])
    found, broken = _finite(rows, measures)
    by_split = metadata.get("by_split")
    return Side(
        label=label,
        path=path,
        rows=keyed(path, [(str(row.get("split") or ""), row["case"], row) for row in found]),
        measures=measures,
        facts=by_split if by_split else {"": metadata},
        not_finite=broken,
    )


def measures_of(table: pa.Table) -> dict[str, Measured]:
    """What of a table can be compared: its measures, its verdicts, and times to a failure.

    A verdict is a column that holds or not and that the evaluation itself explains; columns that
    were joined from a table of clips have no explanation of their own.
    """
    averaged = {*measured_columns(table), *_SECONDS}
    found = {}
    for each in table.schema:
        told = {key.decode(): value.decode() for key, value in (each.metadata or {}).items()}
        share = pa.types.is_boolean(each.type) and "meaning" in told and each.name != "moving"
        if share or each.name in averaged:
            found[each.name] = Measured(
                name=each.name,
                unit="share" if share else told.get("unit", ""),
                meaning=told.get("meaning", ""),
                share=share,
                aliases=aliases_of(each),
            )
    return found


def keyed(path: Path, rows: Iterable[tuple[str, str, dict[str, Any]]]) -> dict[Key, dict[str, Any]]:
    """Rows by split and case.

    Raises:
        FormatError: One of them is there twice.
    """
    every = list(rows)
    counts = Counter((split, case) for split, case, _ in every)
    if twice := [
        f"{case} ({split})" if split else case for (split, case), n in counts.items() if n > 1
    ]:
        raise FormatError(
            f"{path}: expected one row for each motion, found several of {listed(twice)}; "
            "evaluate again, or take the rows of one evaluation"
        )
    return {(split, case): row for split, case, row in every}


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose nested columns are columns of their own, `outer.inner`; lists stay."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": part for inner, part in flat(value).items()}
        else:
            found[name] = value
    return found


def _of_one_controller(path: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {row["controller"] for row in rows}
    if len(names) <= 1:
        return rows
    if POLICY not in names:
        raise FormatError(
            f"{path}: column controller holds {listed(sorted(names))}, expected one of them; take "
            "the table of one controller"
        )
    return [row for row in rows if row["controller"] == POLICY]


def _finite(
    rows: list[dict[str, Any]], measures: Mapping[str, Measured]
) -> tuple[list[dict[str, Any]], dict[str, tuple[str, ...]]]:
    """Rows with None for what is no number, and which motions those were, by measure."""
    broken: dict[str, list[str]] = {}
    for row in rows:
        for name in measures:
            value = row[name]
            if value is not None and not isfinite(value):
                broken.setdefault(name, []).append(row["case"])
                row[name] = None
    return rows, {name: tuple(cases) for name, cases in broken.items()}

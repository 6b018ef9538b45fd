"""Parts of the evaluation report that tables themselves tell: definitions, errors, columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from training.evaluation.definitions.rates import Rate, success_rates
from training.evaluation.definitions.told import BEFORE
from training.evaluation.tables import measured_columns
from training.evaluation.verdicts import CONTROLLER_NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRow:
    """Success under one definition: of every controller, and errors of the main one."""

    main: Rate
    shares: Sequence[float | None]
    """As published, a controller each, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """One number of the table, means over motions, in both readings."""

    name: str
    unit: str
    source: str
    whole: float | None
    before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """What one column is, as its file says."""

    name: str
    unit: str
    meaning: str
    formula: str
    frame: str
    source: str
    aliases: str


def definition_rows(tables: Mapping[str, pa.Table], main: str, *, rule: str) -> list[DefinitionRow]:
    """Success under every definition; nothing of tables without them.

    Args:
        tables: By controller.
        main: The controller whose errors are shown.
        rule: Of our definition, in words.
    """
    rates = {name: success_rates(table, rule=rule) for name, table in tables.items()}
    others = [{rate.name: rate.share for rate in each} for each in rates.values()]
    return [
        DefinitionRow(main=rate, shares=[each.get(rate.name) for each in others])
        for rate in rates[main]
    ]


def error_rows(table: pa.Table, aggregated: Mapping[str, Any]) -> list[ErrorRow]:
    """Every number that is averaged, its two readings in one row."""
    measures = aggregated["measures"]
    rows = []
    for name in measured_columns(table):
        if name.endswith(BEFORE):
            continue
        said = table.schema.field(name).metadata
        other = measures.get(f"{name}{BEFORE}", {})
        rows.append(
            ErrorRow(
                name=name,
                unit=said.get(b"unit", b"").decode(),
                source=said.get(b"source", b"").decode(),
                whole=measures[name]["mean"],
                before=other.get("mean"),
            )
        )
    return rows


def column_rows(table: pa.Table) -> list[ColumnRow]:
    """What every column is, from the table's own file."""
    keys = ("unit", "meaning", "formula", "frame", "source", "aliases")
    rows = []
    for field in table.schema:
        said = field.metadata or {}
        told = {key: said.get(key.encode(), b"").decode() for key in keys}
        rows.append(ColumnRow(name=field.name, **told))
    return rows


def motions_without_numbers(table: pa.Table) -> list[str]:
    """Cases in which the controller gave a number that is not finite."""
    pairs = zip(
        table.column("case").to_pylist(), table.column("failure_cause").to_pylist(), strict=True
    )
    return [case for case, cause in pairs if cause == CONTROLLER_NAN]

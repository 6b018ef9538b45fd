"""One column of the per-motion table, and what a Parquet file says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from training.evaluation.definitions.told import Told

IS_MEASURE = b"measure"
"""Key in a field's metadata of a column that is averaged over cases."""
ALIASES = b"aliases"
"""Key in a field's metadata of the names under which guides know a column, apart by blanks."""
TEXT, NUMBER, WHOLE, FLAG = pa.string(), pa.float64(), pa.int64(), pa.bool_()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the per-motion table."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    measure: bool = False
    """A number that is averaged over cases."""
    told: Told | None = None
    """Formula, frame and source, of what is measured."""


def measure(name: str, unit: str, meaning: str, told: Told | None = None) -> Column:
    """A number that is averaged over cases."""
    return Column(name=name, type=NUMBER, unit=unit, meaning=meaning, measure=True, told=told)


def fact(
    name: str, type_: pa.DataType, unit: str, meaning: str, told: Told | None = None
) -> Column:
    """What is not averaged."""
    return Column(name=name, type=type_, unit=unit, meaning=meaning, told=told)


def schema(columns: Sequence[Column]) -> pa.Schema:
    """Arrow schema with unit, meaning, formula, frame and source in each field's metadata."""
    return pa.schema([pa.field(c.name, c.type, metadata=_field_metadata(c)) for c in columns])


def aliases_of(field: pa.Field) -> tuple[str, ...]:
    """Names under which guides know a column of a table."""
    return tuple((field.metadata or {}).get(ALIASES, b"").decode().split())


def _field_metadata(column: Column) -> dict[bytes, bytes]:
    said = {b"unit": column.unit.encode(), b"meaning": column.meaning.encode()}
    if column.told is not None:
        for key in ("formula", "frame", "source"):
            said[key.encode()] = getattr(column.told, key).encode()
        if column.told.aliases:
            said[ALIASES] = " ".join(column.told.aliases).encode()
    return said | ({IS_MEASURE: b"1"} if column.measure else {})

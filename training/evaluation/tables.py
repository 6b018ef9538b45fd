"""The per-motion table: rows in, its file with provenance, its aggregates."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.errors import FormatError
from motionlib.files import atomic_path
from training.evaluation.column import IS_MEASURE, Column, schema
from training.evaluation.columns import COLUMNS, FACTS
from training.evaluation.definitions.rates import guide_values, success_rates

SCHEMA_VERSION = "3"
_METADATA_KEY = b"evaluation"


def measured_columns(table: pa.Table) -> tuple[str, ...]:
    """Names of a table's columns that are averaged over cases."""
    return tuple(field.name for field in table.schema if (field.metadata or {}).get(IS_MEASURE))


def table_from_rows(
    rows: Sequence[Mapping[str, Any]],
    metadata: Mapping[str, Any] | None = None,
    *,
    columns: Sequence[Column] = COLUMNS,
) -> pa.Table:
    """Rows in, table out; a row that lacks a column or has an unknown one is an error, and so is NaN.

    Args:
        rows: One mapping a case.
        metadata: JSON-able facts about the evaluation: checkpoint, artifact, robot, ...
        columns: Of the table.

    Raises:
        ValueError: A row's keys are not the table's columns, or a measure is not finite.
    """
    types = {column.name: column.type for column in columns}
    measures = [column.name for column in columns if column.measure]
    for row in rows:
        if row.keys() != types.keys():
            odd = sorted(row.keys() ^ types.keys())
            raise ValueError(f"row {row.get('case')!r}: columns {odd} missing or unknown")
        broken = [name for name in measures if row[name] is not None and not isfinite(row[name])]
        if broken:
            raise ValueError(f"row {row['case']!r}: {broken} are not finite")
    arrays = {name: _array([row[name] for row in rows], t) for name, t in types.items()}
    table = pa.Table.from_pydict(arrays, schema=schema(columns))
    return with_metadata(table, metadata or {})


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """One column; a nested one's values are mappings, or numbers in the order of its fields."""
    if pa.types.is_struct(type_):
        names = [field.name for field in type_]
        values = [
            dict(zip(names, value.tolist(), strict=True))
            if isinstance(value, np.ndarray)
            else value
            for value in values
        ]
    return pa.array(values, type_)


def with_metadata(table: pa.Table, metadata: Mapping[str, Any]) -> pa.Table:
    """A table that carries `metadata` and the schema version."""
    content = {"schema_version": SCHEMA_VERSION, **metadata}
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return table.replace_schema_metadata({_METADATA_KEY: text.encode()})


def metadata_of(table: pa.Table) -> dict[str, Any]:
    """What `with_metadata` stored."""
    return json.loads((table.schema.metadata or {}).get(_METADATA_KEY, b"{}"))


def save_table(path: Path, table: pa.Table) -> None:
    """Write Parquet atomically; the same table gives the same bytes."""
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def load_table(path: Path) -> pa.Table:
    """Read a per-motion table.

    Raises:
        FormatError: Not Parquet, another schema version, or columns missing.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FormatError(
            f"{path}: not a readable Parquet table ({error}); evaluate again"
        ) from error
    found = metadata_of(table).get("schema_version")
    if found != SCHEMA_VERSION:
        raise FormatError(
            f"{path}: schema_version is {found!r}, expected {SCHEMA_VERSION!r}{_lacks(found)}; "
            "evaluate again"
        )
    missing = sorted({column.name for column in FACTS} - set(table.column_names))
    if missing:
        raise FormatError(f"{path}: columns {missing} are missing; evaluate again")
    return table


def _lacks(version: object) -> str:
    older = isinstance(version, str) and version.isdigit() and int(version) < int(SCHEMA_VERSION)
    return f", it is older and lacks what came with schema {SCHEMA_VERSION}" if older else ""


def concatenate_tables(tables: Sequence[pa.Table]) -> pa.Table:
    """Rows of several controllers in one table, with the metadata of the first."""
    joined = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return with_metadata(joined, metadata_of(tables[0]))


def aggregate(table: pa.Table) -> dict[str, Any]:
    """Summary of one controller's table; what could not be measured is counted, never zero.

    Returns:
        JSON-able: counts and the books, success and survival rates (over motions that could be
        judged), success under every definition, failures by cause, and for each measure its mean
        over motions, weighted by motion weight, weighted by frames, its median, 95th percentile,
        maximum and `count`; the guides' names for some of them.
    """
    flat = [field.name for field in table.schema if not pa.types.is_nested(field.type)]
    data = {name: table.column(name).to_pylist() for name in flat}
    judged = [value for value in data["success"] if value is not None]
    survived = [value for value in data["survived"] if value is not None]
    causes = sorted({cause for cause in data["failure_cause"] if cause})
    found = {
        "motions": table.num_rows,
        "motions_judged": len(judged),
        "frames": sum(data["frames"]),
        "evaluated_frames": sum(data["evaluated_frames"]),
        "seconds": sum(data["seconds"]),
        "evaluated_seconds": sum(data["evaluated_seconds"]),
        "success_rate": float(np.mean(judged)) if judged else None,
        "survival_rate": float(np.mean(survived)) if survived else None,
        "failures": {cause: data["failure_cause"].count(cause) for cause in causes},
        "measures": {name: _spread(data, name) for name in measured_columns(table)},
        "definitions": {
            rate.name: {"success_rate": rate.share, "success_rate_scaled": rate.share_scaled}
            for rate in success_rates(table)
        },
    }
    return {**found, "guides": guide_values(table, found)}


def check_books(table: pa.Table, frames_by_case: Mapping[str, int]) -> None:
    """Hold the table against the library that it came from.

    Args:
        table: One controller's rows.
        frames_by_case: Frames of every case at the control rate, by name.

    Raises:
        ValueError: A case has no row, or two, or one that was not measured whole.
    """
    names = table.column("case").to_pylist()
    if sorted(names) != sorted(frames_by_case):
        odd = sorted(set(names) ^ set(frames_by_case))
        raise ValueError(f"{len(names)} rows for {len(frames_by_case)} cases; unmatched: {odd}")
    evaluated = table.column("evaluated_frames").to_pylist()
    for name, frames in zip(names, evaluated, strict=True):
        if frames != frames_by_case[name]:
            raise ValueError(f"{name}: {frames} of {frames_by_case[name]} frames evaluated")


def _spread(data: Mapping[str, list[Any]], name: str) -> dict[str, float | int | None]:
    pairs = [
        (value, 1.0 if weight is None else weight, frames)
        for value, weight, frames in zip(data[name], data["weight"], data["frames"], strict=True)
        if value is not None
    ]
    if not pairs:
        keys = ("mean", "mean_weighted", "mean_by_frames", "median", "p95", "max")
        return {"count": 0, **dict.fromkeys(keys)}
    values, weights, frames = (
        np.asarray(part, dtype=np.float64) for part in zip(*pairs, strict=True)
    )
    total = float(weights.sum())
    return {
        "count": len(pairs),
        "mean": float(values.mean()),
        "mean_weighted": float((values * weights).sum() / total) if total > 0 else None,
        "mean_by_frames": float((values * frames).sum() / frames.sum()),
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "max": float(values.max()),
    }

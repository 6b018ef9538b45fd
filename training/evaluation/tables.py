"""The per-motion table: its columns with units, its file with provenance, its aggregates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.errors import FormatError
from motionlib.files import atomic_path

SCHEMA_VERSION = "1"
_METADATA_KEY = b"evaluation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the per-motion table."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    measure: bool = False
    """A number that is averaged over motions."""


_S, _F, _I, _B = pa.string(), pa.float64(), pa.int64(), pa.bool_()


def _measure(name: str, unit: str, meaning: str) -> Column:
    return Column(name=name, type=_F, unit=unit, meaning=meaning, measure=True)


def _fact(name: str, type_: pa.DataType, unit: str, meaning: str) -> Column:
    return Column(name=name, type=type_, unit=unit, meaning=meaning)


COLUMNS = (
    _fact("motion_name", _S, "", "name of the motion in its library"),
    _fact("source", _S, "", "source clip that the motion came from"),
    _fact("controller", _S, "", "policy, zero_action or open_loop"),
    _fact("weight", _F, "", "sampling weight of the motion in its library"),
    _fact("moving", _B, "", "the reference travels, turns or moves its bodies"),
    _fact("frames", _I, "frames", "frames of the motion at the control rate"),
    _fact("seconds", _F, "s", "(frames - 1) / fps"),
    _fact("evaluated_frames", _I, "frames", "frames measured, the first included"),
    _fact("evaluated_seconds", _F, "s", "(evaluated_frames - 1) / fps"),
    _fact("success", _B, "", "neither fell, nor lost the reference, nor became unstable"),
    _fact("survived", _B, "", "neither fell nor became unstable"),
    _fact("survived_s", _F, "s", "time until the fall; all seconds if there was none"),
    _fact("failure_s", _F, "s", "time of the first failure; null if none"),
    _fact("failure_cause", _S, "", "fall, tracking_lost or unstable; null if none"),
    _measure("body_pos_error_mean", "m", "mean over bodies and time, world"),
    _measure("body_pos_error_max", "m", "worst instant of the mean over bodies, world"),
    _measure("body_pos_error_relative_mean", "m", "as above, anchors aligned in x, y, heading"),
    _measure("body_pos_error_relative_max", "m", "worst instant, anchors aligned"),
    _measure("root_pos_error_mean", "m", "root position"),
    _measure("root_pos_error_max", "m", "root position, worst instant"),
    _measure("root_rot_error_mean", "rad", "geodesic angle of the root"),
    _measure("body_rot_error_mean", "rad", "geodesic angle, mean over bodies, world"),
    _measure("joint_error_mean", "rad", "mean over dofs of the absolute difference"),
    _measure("body_lin_vel_error_mean", "m/s", "mean over bodies of the difference's norm"),
    _measure("body_ang_vel_error_mean", "rad/s", "mean over bodies of the difference's norm"),
    _measure("dof_vel_error_mean", "rad/s", "mean over dofs of the absolute difference"),
    _measure("contact_accuracy", "share", "feet whose contact agrees with the reference's"),
    _measure("normalized_jerk", "1", "mean over windows of .4 s and bodies"),
    _measure("action_rate", "rad/s", "mean over dofs of the speed of position targets"),
)
MEASURES = tuple(column.name for column in COLUMNS if column.measure)
"""Names of the columns that are averaged over motions."""
_TYPES = {column.name: column.type for column in COLUMNS}


def schema() -> pa.Schema:
    """Arrow schema with unit and meaning in each field's metadata."""
    return pa.schema(
        [pa.field(c.name, c.type, metadata={"unit": c.unit, "meaning": c.meaning}) for c in COLUMNS]
    )


def table_from_rows(
    rows: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any] | None = None
) -> pa.Table:
    """Rows in, table out; a row that lacks a column or has an unknown one is an error, and so is NaN.

    Args:
        rows: One mapping a motion.
        metadata: JSON-able facts about the evaluation: checkpoint, artifact, robot, ...

    Raises:
        ValueError: A row's keys are not the table's columns, or a measure is not finite.
    """
    for row in rows:
        if row.keys() != _TYPES.keys():
            odd = sorted(row.keys() ^ _TYPES.keys())
            raise ValueError(f"row {row.get('motion_name')!r}: columns {odd} missing or unknown")
        broken = [name for name in MEASURES if row[name] is not None and not isfinite(row[name])]
        if broken:
            raise ValueError(f"row {row['motion_name']!r}: {broken} are not finite")
    columns = {name: pa.array([row[name] for row in rows], t) for name, t in _TYPES.items()}
    table = pa.Table.from_pydict(columns, schema=schema())
    return with_metadata(table, metadata or {})


def with_metadata(table: pa.Table, metadata: Mapping[str, Any]) -> pa.Table:
    """The same table carrying `metadata` and the schema version."""
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
            f"{path}: schema_version is {found!r}, expected {SCHEMA_VERSION!r}; evaluate again"
        )
    missing = sorted(_TYPES.keys() - set(table.column_names))
    if missing:
        raise FormatError(f"{path}: columns {missing} are missing; evaluate again")
    return table


def concatenate_tables(tables: Sequence[pa.Table]) -> pa.Table:
    """Rows of several controllers in one table, with the metadata of the first."""
    joined = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return with_metadata(joined, metadata_of(tables[0]))


def aggregate(table: pa.Table) -> dict[str, Any]:
    """Summary of one controller's table; what could not be measured is counted, never zero.

    Returns:
        JSON-able: counts and the books, success and survival rates (over motions that could be
        judged), failures by cause, and for each measure its mean over motions, weighted by
        motion weight, weighted by frames, its median, 95th percentile, maximum and `count`.
    """
    data = {name: table.column(name).to_pylist() for name in table.column_names}
    judged = [value for value in data["success"] if value is not None]
    survived = [value for value in data["survived"] if value is not None]
    causes = sorted({cause for cause in data["failure_cause"] if cause})
    return {
        "motions": table.num_rows,
        "motions_judged": len(judged),
        "frames": sum(data["frames"]),
        "evaluated_frames": sum(data["evaluated_frames"]),
        "seconds": sum(data["seconds"]),
        "evaluated_seconds": sum(data["evaluated_seconds"]),
        "success_rate": float(np.mean(judged)) if judged else None,
        "survival_rate": float(np.mean(survived)) if survived else None,
        "failures": {cause: data["failure_cause"].count(cause) for cause in causes},
        "measures": {name: _spread(data, name) for name in MEASURES},
    }


def check_books(table: pa.Table, frames_by_motion: Mapping[str, int]) -> None:
    """Hold the table against the library that it came from.

    Args:
        table: One controller's rows.
        frames_by_motion: Frames of every motion of the library at the control rate, by name.

    Raises:
        ValueError: A motion has no row, or two, or one that was not measured whole.
    """
    names = table.column("motion_name").to_pylist()
    if sorted(names) != sorted(frames_by_motion):
        odd = sorted(set(names) ^ set(frames_by_motion))
        raise ValueError(f"{len(names)} rows for {len(frames_by_motion)} motions; unmatched: {odd}")
    evaluated = table.column("evaluated_frames").to_pylist()
    for name, frames in zip(names, evaluated, strict=True):
        if frames != frames_by_motion[name]:
            raise ValueError(f"{name}: {frames} of {frames_by_motion[name]} frames evaluated")


def _spread(data: Mapping[str, list[Any]], name: str) -> dict[str, float | int | None]:
    pairs = [
        (value, weight, frames)
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

"""The clip table on disk: judged rows, and what they were judged and converted with."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.errors import FormatError
from motionlib.files import atomic_path
from motionlib.stages.gates import HumanGates, gates_from_plain

CLIP_TABLE = "clips.parquet"
"""Name of the table in a recipe's folder of reports."""
_CONTEXT = b"motion_workbench"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContext:
    """What all clips of a table have in common; empty strings where nobody said."""

    root: str = ""
    """Source folder."""
    store: str = ""
    """Folder of the content cache."""
    robot: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the conversion, as plain values."""
    gates: HumanGates | None = None


def write_clip_table(
    path: Path, rows: Sequence[Mapping[str, object]], *, context: TableContext
) -> None:
    """Judged rows as Parquet, with their context in the file; equal content gives equal bytes.

    Args:
        path: To write.
        rows: Of `gates.judge`; further columns, such as `library` and `library_index`, are kept.
        context: For `motion explain`.
    """
    text = json.dumps(dataclasses.asdict(context))  # unsorted: the order of contact rules counts
    table = pa.Table.from_pylist([dict(row) for row in rows])
    with atomic_path(path) as temporary:
        pq.write_table(table.replace_schema_metadata({_CONTEXT: text.encode()}), temporary)


def read_context(path: Path) -> TableContext:
    """The context of a table; an empty one where the file has none.

    Raises:
        FormatError: The file is no Parquet table, or its context is none of ours.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
        values = json.loads(metadata.get(_CONTEXT, b"{}"))
        gates = gates_from_plain(values["gates"]) if values.get("gates") else None
        return TableContext(**{**values, "gates": gates})
    except (pa.ArrowInvalid, TypeError, ValueError) as error:
        raise FormatError(f"{path}: no clip table: {error}") from error


def read_clip_rows(path: Path, clip_id: str = "") -> list[dict[str, Any]]:
    """Rows of a table; only those of one clip if it is named.

    Raises:
        FormatError: The file is no Parquet table, or one of before verdicts had their columns.
    """
    filters = [("clip_id", "=", clip_id)] if clip_id else None
    try:
        rows = pq.read_table(path, filters=filters).to_pylist()
    except pa.ArrowInvalid as error:
        raise FormatError(f"{path}: no clip table: {error}") from error
    if rows and "gate" not in rows[0]:
        raise FormatError(f"{path}: has no column gate, an older version wrote it; run its recipe")
    return rows


def read_clip_ids(path: Path) -> list[str]:
    """Ids of all clips of a table."""
    return pq.read_table(path, columns=["clip_id"]).column("clip_id").to_pylist()

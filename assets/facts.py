"""Standard facts of an asset, under the names that Dagster has for them: columns, rows, address."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from motionlib.measure import Measure

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS, URI = "dagster/column_schema", "dagster/uri"
ROWS, PARTITION_ROWS = "dagster/row_count", "dagster/partition_row_count"
"""Keys of metadata that Dagster knows and shows in places of their own."""
_MEANING, _UNIT = b"meaning", b"unit"
"""Keys in a field's metadata; see `training/evaluation/columns.py`."""


def file_facts(path: Path) -> dict[str, Any]:
    """The address of a file or folder."""
    return {URI: path.absolute().as_uri()}


def table_facts(
    path: Path, measures: Sequence[Measure] = (), *, partition: bool = False
) -> dict[str, Any]:
    """Columns, number of rows and address of a Parquet file, from its footer alone.

    Args:
        path: The file. What its fields say of themselves describes its columns.
        measures: Describe columns of their names where the file itself does not.
        partition: Whether the table is one partition's, whose rows Dagster counts apart.

    Raises:
        OSError: The file cannot be read.
    """
    import pyarrow.parquet as pq

    described = {each.name: _said(each.meaning, each.unit) for each in measures}
    described |= {
        each.frame_column: f"frame of the worst {each.words}"
        for each in measures
        if each.frame_column
    }
    footer = pq.read_metadata(path)
    columns = [_column(field, described) for field in footer.schema.to_arrow_schema()]
    return {
        COLUMNS: dg.TableSchema(columns=columns),
        PARTITION_ROWS if partition else ROWS: footer.num_rows,
        **file_facts(path),
    }


def _column(field: "pa.Field", described: Mapping[str, str]) -> dg.TableColumn:
    said = field.metadata or {}
    own = _said(said.get(_MEANING, b"").decode(), said.get(_UNIT, b"").decode())
    return dg.TableColumn(
        name=field.name,
        type=str(field.type),
        description=own or described.get(field.name) or None,
        constraints=dg.TableColumnConstraints(nullable=field.nullable),
    )


def _said(meaning: str, unit: str) -> str:
    return f"{meaning} ({unit})" if meaning and unit else meaning or unit

from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.facts import file_facts, table_facts
from motionlib.measure import Measure

SPEED = Measure(name="speed", unit="m/s", meaning="how fast it goes", frame=True)


def schema_of(path: Path, *measures: Measure) -> dict[str, dg.TableColumn]:
    return {c.name: c for c in table_facts(path, measures)["dagster/column_schema"].columns}


def test_a_table_tells_its_columns_rows_and_address(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    said = {"unit": "s", "meaning": "how long it lasts"}
    fields = [pa.field("seconds", pa.float64(), metadata=said), pa.field("name", pa.string())]
    pq.write_table(pa.table({"seconds": [1.0, 2.0], "name": ["a", "b"]}, pa.schema(fields)), path)
    facts = table_facts(path)
    assert facts["dagster/row_count"] == 2
    assert facts["dagster/uri"] == path.as_uri()
    columns = schema_of(path)
    assert list(columns) == ["seconds", "name"]
    assert columns["seconds"].type == "double"
    assert columns["seconds"].description == "how long it lasts (s)"
    assert columns["name"].description is None


def test_measures_describe_columns_of_which_the_file_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    own = pa.field("speed", pa.float64(), metadata={"unit": "m/s", "meaning": "its own words"})
    frame = pa.field("speed_frame", pa.int64())
    pq.write_table(pa.table({"speed": [1.0], "speed_frame": [3]}, pa.schema([own, frame])), path)
    assert schema_of(path, SPEED)["speed"].description == "its own words (m/s)"
    assert schema_of(path, SPEED)["speed_frame"].description == "frame of the worst speed"
    pq.write_table(pa.table({"speed": [1.0]}), path)
    assert schema_of(path, SPEED)["speed"].description == "how fast it goes (m/s)"


def test_dagster_knows_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    from dagster._core.definitions.metadata.metadata_set import TableMetadataSet, UriMetadataSet

    facts = table_facts(path)
    assert TableMetadataSet.extract(facts).row_count == 1
    assert TableMetadataSet.extract(facts).column_schema == facts["dagster/column_schema"]
    assert TableMetadataSet.extract(table_facts(path, partition=True)).partition_row_count == 1
    assert UriMetadataSet.extract(facts).uri == file_facts(path)["dagster/uri"]

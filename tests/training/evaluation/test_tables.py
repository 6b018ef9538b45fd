import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from motionlib.errors import FormatError
from motionlib.robot import Robot
from tests.training.evaluation.definitions.rows import full_row, full_table
from training.evaluation.columns import MEASURES
from training.evaluation.tables import (
    aggregate,
    check_books,
    concatenate_tables,
    load_table,
    metadata_of,
    save_table,
    table_from_rows,
)


def row(name: str, **values: object) -> dict[str, object]:
    base: dict[str, object] = {
        "case": name,
        "motion_name": name,
        "variant": None,
        "source": f"source/{name}",
        "controller": "policy",
        "weight": 1.0,
        "moving": True,
        "frames": 11,
        "seconds": 0.2,
        "evaluated_frames": 11,
        "evaluated_seconds": 0.2,
        "success": True,
        "survived": True,
        "survived_s": 0.2,
        "failure_s": None,
        "failure_cause": None,
        **dict.fromkeys(MEASURES, 0.1),
    }
    return base | values


def test_parquet_keeps_types_units_and_metadata_and_opens_with_pandas(tmp_path: Path):
    path = tmp_path / "table.parquet"
    rows = [row("a"), row("b", success=False, failure_s=0.1, failure_cause="fall")]
    save_table(path, table_from_rows(rows, {"robot": "microduck"}))
    loaded = load_table(path)
    assert loaded.schema.field("body_pos_error_mean").metadata[b"unit"] == b"m"
    assert metadata_of(loaded) == {"schema_version": "3", "robot": "microduck"}
    frame = pd.read_parquet(path)
    assert frame["success"].tolist() == [True, False]
    assert frame["failure_cause"].isna().tolist() == [True, False]
    assert math.isnan(frame["failure_s"][0])


def test_same_table_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        save_table(tmp_path / name, table_from_rows([row("x")], {"k": 1}))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_row_with_a_missing_or_unknown_column_is_refused():
    short = row("a")
    del short["frames"]
    with pytest.raises(ValueError, match="frames"):
        table_from_rows([short])
    with pytest.raises(ValueError, match="extra"):
        table_from_rows([row("a", extra=1)])


def test_nan_is_refused_rather_than_written():
    with pytest.raises(ValueError, match="joint_error_mean"):
        table_from_rows([row("a", joint_error_mean=math.nan)])


def test_aggregate_counts_what_is_unknown_and_weights():
    rows = [
        row("a", weight=3.0, frames=10, evaluated_frames=10, body_pos_error_mean=0.1),
        row(
            "b",
            success=False,
            failure_cause="fall",
            weight=1.0,
            frames=30,
            evaluated_frames=30,
            body_pos_error_mean=0.3,
        ),
        row("one", success=None, survived=None, survived_s=None, frames=1, evaluated_frames=1)
        | dict.fromkeys(MEASURES),
    ]
    found = aggregate(table_from_rows(rows))
    assert (found["motions"], found["motions_judged"]) == (3, 2)
    assert found["success_rate"] == 0.5
    assert found["survival_rate"] == 1.0
    assert found["failures"] == {"fall": 1}
    spread = found["measures"]["body_pos_error_mean"]
    assert spread["count"] == 2
    assert spread["mean"] == pytest.approx(0.2)
    assert spread["mean_weighted"] == pytest.approx(0.15)
    assert spread["mean_by_frames"] == pytest.approx(0.25)
    json.dumps(found, allow_nan=False)


def test_aggregate_of_nothing_measured_is_none_not_zero():
    rows = [row("a", success=None, survived=None) | dict.fromkeys(MEASURES)]
    found = aggregate(table_from_rows(rows))
    assert found["success_rate"] is None
    assert found["measures"]["joint_error_mean"]["mean"] is None


def test_books_must_balance():
    table = table_from_rows([row("a"), row("b", evaluated_frames=10)])
    with pytest.raises(ValueError, match="b: 10 of 11 frames"):
        check_books(table, {"a": 11, "b": 11})
    with pytest.raises(ValueError, match="'c'"):
        check_books(table, {"a": 11, "b": 10, "c": 5})
    check_books(table, {"a": 11, "b": 10})


def test_concatenated_tables_keep_the_first_ones_metadata():
    first = table_from_rows([row("a")], {"robot": "g1"})
    joined = concatenate_tables([first, table_from_rows([row("a", controller="zero_action")])])
    assert joined.num_rows == 2
    assert metadata_of(joined)["robot"] == "g1"


def test_reading_something_else_names_the_file_and_the_remedy(tmp_path: Path):
    path = tmp_path / "bad.parquet"
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(FormatError, match=r"bad\.parquet.*evaluate again"):
        load_table(path)
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(FormatError, match="schema_version"):
        load_table(path)


def test_a_table_of_an_older_schema_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    table = table_from_rows([row("a")])
    old = {b"evaluation": json.dumps({"schema_version": "2"}).encode()}
    save_table(path, table.replace_schema_metadata(old))
    with pytest.raises(FormatError, match=r"old\.parquet.*is '2', expected '3', it is older"):
        load_table(path)


def test_nested_columns_open_with_pandas_by_name(microduck: Robot, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    numbers = np.arange(microduck.num_bodies) / 10
    whole = full_row(microduck, "a", body_pos_error_by_body=numbers)
    save_table(path, full_table(microduck, [whole, full_row(microduck, "b")]))
    frame = pd.read_parquet(path)
    flat = pd.json_normalize(frame["body_pos_error_by_body"])
    assert flat.columns.tolist() == list(microduck.body_names)
    assert flat[microduck.body_names[3]].tolist() == [0.3, 0.1]
    assert load_table(path).schema.field("gt_err").metadata[b"aliases"].startswith(b"Eval/gt_err")

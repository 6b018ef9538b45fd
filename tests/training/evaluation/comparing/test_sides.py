from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from motionlib.errors import FormatError
from tests.training.evaluation.comparing.conftest import Save
from training.evaluation.comparing.sides import flat, measures_of, side_of_table
from training.evaluation.tables import load_table, metadata_of, save_table, with_metadata


def test_a_table_becomes_rows_measures_and_facts(save: Save) -> None:
    path = save("a.parquet", {"walk": {}, "turn": {"failure_s": 0.4}}, titles={"walk": "forward"})
    side = side_of_table(path, label="a")
    assert list(side.rows) == [("", "walk"), ("", "turn")]
    assert side.rows["", "turn"]["failure_cause"] == "fall"
    assert side.titles == {"walk": "forward"}
    assert side.facts_of("train")["fps"] == 50.0
    assert side.measures["success"].share
    assert side.measures["success"].more_is_better
    assert side.measures["contact_accuracy"].more_is_better
    assert not side.measures["body_pos_error_mean"].more_is_better
    assert side.measures["body_pos_error_mean"].unit == "m"
    # a fact of the motion is no verdict on the policy, and what was joined of the clip neither
    assert "moving" not in side.measures
    assert "weight" not in side.measures


def test_splits_keep_their_own_facts_and_names_may_repeat_over_them(save: Save) -> None:
    facts = {"train": {"motions_sha256": "1"}, "test": {"motions_sha256": "2"}}
    path = save(
        "a.parquet", {"walk": {}, "turn": {}}, joined={"split": ["train", "test"]}, by_split=facts
    )
    side = side_of_table(path, label="a")
    assert side.splits == ("train", "test")
    assert side.facts_of("test") == {"motions_sha256": "2"}


def test_verdicts_and_nested_columns_of_later_tables_are_found(save: Save) -> None:
    table = load_table(save("a.parquet", {"walk": {}}))
    told = {b"meaning": b"by someone's definition"}
    table = table.append_column(pa.field("success_phc", pa.bool_(), metadata=told), [[False]])
    nested = pa.struct([("phc", pa.bool_())])
    field = pa.field("by_definition", nested, metadata=told)
    table = table.append_column(field, pa.array([{"phc": True}], nested))
    table = table.append_column("mirrored", pa.array([True]))
    found = measures_of(table.schema)
    assert found["success_phc"].share
    assert found["by_definition.phc"].share
    assert "mirrored" not in found
    assert flat({"a": {"b": {"c": 1}}, "d": [2]}) == {"a.b.c": 1, "d": [2]}


def test_what_is_no_number_is_missing_and_named(save: Save) -> None:
    path = save("a.parquet", {"walk": {}, "turn": {}})
    table = load_table(path)
    place = table.schema.get_field_index("action_rate")
    field = table.schema.field(place)
    broken = table.set_column(place, field, pa.array([np.nan, 0.2]))
    save_table(path, with_metadata(broken, metadata_of(table)))
    side = side_of_table(path, label="a")
    assert side.not_finite == {"action_rate": ("walk",)}
    assert side.rows["", "walk"]["action_rate"] is None
    assert side.rows["", "turn"]["action_rate"] == 0.2


def test_one_motion_twice_is_refused(save: Save) -> None:
    path = save("a.parquet", {"walk": {}, "turn": {}, "hop": {}})
    table = load_table(path)
    save_table(path, table.take([0, 1, 1]))
    with pytest.raises(FormatError, match=r"one row for each motion, found several of turn"):
        side_of_table(path, label="a")


def test_of_several_controllers_the_policy_is_taken(save: Save) -> None:
    rows = {"walk": {}, "again": {"case": "walk", "controller": "zero_action"}}
    assert len(side_of_table(save("a.parquet", rows), label="a").rows) == 1
    rows["walk"] = {"controller": "open_loop"}
    with pytest.raises(FormatError, match="open_loop, zero_action, expected one of them"):
        side_of_table(save("b.parquet", rows), label="b")


def test_an_older_schema_is_refused(save: Save, tmp_path: Path) -> None:
    table = load_table(save("a.parquet", {"walk": {}}))
    old = table.replace_schema_metadata({b"evaluation": b'{"schema_version": "1"}'})
    pq.write_table(old, tmp_path / "old.parquet")
    with pytest.raises(FormatError, match=r"schema_version is '1'.*evaluate again"):
        side_of_table(tmp_path / "old.parquet", label="old")

"""Columns say what they are."""

from motionlib.robot import Robot
from training.evaluation.column import schema
from training.evaluation.columns import COLUMNS, FACTS, MEASURES, table_columns
from training.evaluation.config import EvaluationConfig, TableMeasure


def test_every_column_has_a_meaning_and_measures_a_unit():
    assert all(column.meaning for column in COLUMNS)
    assert all(column.unit for column in COLUMNS if column.measure)
    assert schema(COLUMNS).names == [column.name for column in COLUMNS]


def test_a_measure_becomes_a_column_by_one_line():
    config = EvaluationConfig()
    more = {**config.columns, "lean_max": TableMeasure(measure="anchor_lean", over="max")}
    columns = table_columns(EvaluationConfig(columns=more))
    (added,) = [column for column in columns if column.name not in {c.name for c in COLUMNS}]
    assert (added.name, added.unit, added.measure) == ("lean_max", "rad", True)
    assert added.meaning.endswith("anchor and from its reference: worst instant")
    assert len(columns) == len(FACTS) + len(MEASURES) + 1


def test_all_that_is_measured_of_following_a_motion_says_whose_it_is_and_both_readings(
    g1: Robot,
) -> None:
    columns = table_columns(EvaluationConfig(), g1)
    names = [column.name for column in columns]
    facts = {column.name for column in FACTS}
    for column in columns:
        assert column.meaning
        if column.measure:
            assert column.unit, column.name
            assert column.told is not None, column.name
            assert column.told.formula, column.name
            assert column.told.source, column.name
        if "whole motion; after a failure" in column.meaning and column.measure:
            # the other reading is the next column
            assert names[names.index(column.name) + 1] == f"{column.name}_before_failure"
    assert set(MEASURES) <= set(names)
    assert facts <= set(names)
    nested = {
        c.name: [field.name for field in c.type] for c in columns if c.name.endswith("by_body")
    }
    assert nested["body_pos_error_by_body"] == list(g1.body_names)


def test_a_measure_of_ones_own_says_where_it_is_written(g1: Robot) -> None:
    more = {"lean": TableMeasure(measure="anchor_lean")}
    columns = {c.name: c for c in table_columns(EvaluationConfig(columns=more), g1)}
    told = columns["lean_before_failure"].told
    assert told is not None
    assert told.source.endswith("tracking.anchor_lean")

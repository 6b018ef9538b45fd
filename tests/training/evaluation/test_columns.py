"""Columns say what they are."""

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

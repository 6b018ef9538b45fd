import pytest

from motionlib.robot import Robot
from tests.training.evaluation.definitions.rows import full_row, full_table
from training.evaluation.column import Column
from training.evaluation.columns import table_columns
from training.evaluation.config import EvaluationConfig
from training.evaluation.definitions.told import BEFORE
from training.evaluation.sections import (
    column_rows,
    definition_rows,
    error_rows,
    motions_without_numbers,
)
from training.evaluation.tables import aggregate


@pytest.fixture
def columns(microduck: Robot) -> tuple[Column, ...]:
    return table_columns(EvaluationConfig(), microduck)


@pytest.fixture
def rows(microduck: Robot) -> list[dict[str, object]]:
    good = full_row(microduck, "a", gt_err=0.2)
    bad = full_row(microduck, "b", success=False, gt_err=0.4, success_sonic=False)
    return [good, bad | {"gt_err_before_failure": None, "failure_cause": "controller_nan"}]


def test_definitions_of_every_controller_beside_each_other(microduck: Robot, rows) -> None:
    tables = {"policy": full_table(microduck, rows), "zero_action": full_table(microduck, rows[:1])}
    found = definition_rows(tables, "policy", rule="it falls")
    assert found[0].main.rule == "it falls"
    assert list(found[0].shares) == [0.5, 1.0]
    (sonic,) = [row for row in found if row.main.name == "sonic"]
    assert list(sonic.shares) == [0.5, 1.0]


def test_both_readings_of_an_error_stand_in_one_row(microduck: Robot, rows) -> None:
    table = full_table(microduck, rows)
    found = {row.name: row for row in error_rows(table, aggregate(table))}
    assert (found["gt_err"].whole, found["gt_err"].before) == (pytest.approx(0.3), 0.1)
    assert found["gt_err"].source.startswith("ProtoMotions")
    assert found["gt_err_max"].before is None
    assert not any(name.endswith(BEFORE) for name in found)


def test_the_table_itself_tells_its_columns(microduck: Robot, rows, columns) -> None:
    found = column_rows(full_table(microduck, rows))
    assert [row.name for row in found] == [column.name for column in columns]
    by_name = {row.name: row for row in found}
    assert "after a failure the body where it lies counts" in by_name["gt_err"].meaning
    assert "before the first failure" in by_name["gt_err_before_failure"].meaning
    assert by_name["gt_err"].aliases.split()[0] == "Eval/gt_err"
    assert by_name["body_pos_error_mean"].formula == "mean_b ‖p_b − p^_b‖"
    assert "headline" in by_name["success"].meaning


def test_motions_without_numbers_are_named(microduck: Robot, rows) -> None:
    assert motions_without_numbers(full_table(microduck, rows)) == ["b"]

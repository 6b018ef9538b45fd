"""Made-up rows of the whole per-motion table."""

from typing import Any

import pyarrow as pa

from motionlib.robot import Robot
from training.evaluation.columns import table_columns
from training.evaluation.config import EvaluationConfig
from training.evaluation.tables import table_from_rows


def full_row(robot: Robot, name: str, **values: object) -> dict[str, Any]:
    """A good motion of one second; every number is .1."""
    row: dict[str, Any] = {}
    for column in table_columns(EvaluationConfig(), robot):
        if pa.types.is_struct(column.type):
            row[column.name] = {field.name: 0.1 for field in column.type}
        elif pa.types.is_boolean(column.type):
            row[column.name] = True
        elif pa.types.is_integer(column.type):
            row[column.name] = 51
        elif pa.types.is_string(column.type):
            row[column.name] = None
        else:
            row[column.name] = 0.1
    row |= {"case": name, "motion_name": name, "source": name, "controller": "policy"}
    row |= {"weight": 1.0, "seconds": 1.0, "evaluated_seconds": 1.0, "failure_s": None}
    return row | values


def full_table(robot: Robot, rows: list[dict[str, Any]]) -> pa.Table:
    """A table of them."""
    return table_from_rows(rows, columns=table_columns(EvaluationConfig(), robot))

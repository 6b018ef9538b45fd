"""Columns of the per-motion table: what is known of every case, and the measures that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from training.envs.measures import MEASURES as DECLARED
from training.evaluation.config import EvaluationConfig

IS_MEASURE = b"measure"
"""Key in a field's metadata of a column that is averaged over cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the per-motion table."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    measure: bool = False
    """A number that is averaged over cases."""


_S, _F, _I, _B = pa.string(), pa.float64(), pa.int64(), pa.bool_()


def _measure(name: str, unit: str, meaning: str) -> Column:
    return Column(name=name, type=_F, unit=unit, meaning=meaning, measure=True)


def _fact(name: str, type_: pa.DataType, unit: str, meaning: str) -> Column:
    return Column(name=name, type=type_, unit=unit, meaning=meaning)


FACTS = (
    _fact("case", _S, "", "what the row is about; a motion's name where that is all"),
    _fact("motion_name", _S, "", "name of the motion in its library; null where there is none"),
    _fact("variant", _S, "", "what is asked beside the motion: a command, a mask; null if nothing"),
    _fact("source", _S, "", "source clip that the motion came from"),
    _fact("controller", _S, "", "policy, zero_action or open_loop"),
    _fact("weight", _F, "", "sampling weight of the motion in its library; null if none"),
    _fact("moving", _B, "", "the reference travels, turns or moves its bodies; null if none"),
    _fact("frames", _I, "frames", "frames of the motion at the control rate"),
    _fact("seconds", _F, "s", "(frames - 1) / fps"),
    _fact("evaluated_frames", _I, "frames", "frames measured, the first included"),
    _fact("evaluated_seconds", _F, "s", "(evaluated_frames - 1) / fps"),
    _fact("success", _B, "", "neither fell, nor lost the reference, nor became unstable"),
    _fact("survived", _B, "", "neither fell nor became unstable"),
    _fact("survived_s", _F, "s", "time until the fall; all seconds if there was none"),
    _fact("failure_s", _F, "s", "time of the first failure; null if none"),
    _fact("failure_cause", _S, "", "fall, tracking_lost or unstable; null if none"),
)
"""Columns of every table."""
_OVER = {"mean": "mean over time", "max": "worst instant"}


def table_columns(config: EvaluationConfig) -> tuple[Column, ...]:
    """All columns of a table that an evaluation makes."""
    measured = [
        _measure(name, DECLARED[use.measure].unit, _meaning(use.measure, _OVER[use.over]))
        for name, use in config.columns.items()
    ]
    return (
        *FACTS,
        *measured,
        _measure(
            "normalized_jerk", "1", f"mean over windows of {config.jerk_window_s:g} s, bodies"
        ),
        _measure("action_rate", "rad/s", "mean over dofs of the speed of position targets"),
    )


def schema(columns: Sequence[Column]) -> pa.Schema:
    """Arrow schema with unit and meaning in each field's metadata."""
    return pa.schema([pa.field(c.name, c.type, metadata=_field_metadata(c)) for c in columns])


def _meaning(measure: str, over: str) -> str:
    return f"{DECLARED[measure].meaning.rstrip('.')}: {over}"


def _field_metadata(column: Column) -> dict[bytes, bytes]:
    said = {b"unit": column.unit.encode(), b"meaning": column.meaning.encode()}
    return said | ({IS_MEASURE: b"1"} if column.measure else {})


COLUMNS = table_columns(EvaluationConfig())
"""Columns of following a motion, where nothing else is asked for."""
MEASURES = tuple(column.name for column in COLUMNS if column.measure)
"""Names of those that are averaged over motions."""

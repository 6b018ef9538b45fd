"""Columns of the per-motion table: what is known of every case, and the measures that were asked for."""

from motionlib.robot import Robot
from training.envs.measures import MEASURES as DECLARED
from training.evaluation.column import FLAG, NUMBER, TEXT, WHOLE, Column, fact, measure
from training.evaluation.config import EvaluationConfig
from training.evaluation.definitions.columns import (
    by_part_columns,
    defined_columns,
    failure_columns,
    measured_columns,
    over_time_columns,
    success_columns,
)
from training.evaluation.definitions.told import Told

_SUCCESS = Told(
    formula="not (fell or lost its reference or unstable or no finite number) at any frame; "
    "thresholds stand in the table's metadata",
    frame="world, in shares of the robot's height",
    source="ours, the headline",
    aliases=("eval/success_rate", "Eval/success_rate"),
)
FACTS = (
    fact("case", TEXT, "", "what the row is about; a motion's name where that is all"),
    fact("motion_name", TEXT, "", "name of the motion in its library; null where there is none"),
    fact(
        "variant", TEXT, "", "what is asked beside the motion: a command, a mask; null if nothing"
    ),
    fact("source", TEXT, "", "source clip that the motion came from"),
    fact("controller", TEXT, "", "policy, zero_action or open_loop"),
    fact("weight", NUMBER, "", "sampling weight of the motion in its library; null if none"),
    fact("moving", FLAG, "", "the reference travels, turns or moves its bodies; null if none"),
    fact("frames", WHOLE, "frames", "frames of the motion at the control rate"),
    fact("seconds", NUMBER, "s", "(frames - 1) / fps"),
    fact("evaluated_frames", WHOLE, "frames", "frames measured, the first included"),
    fact("evaluated_seconds", NUMBER, "s", "(evaluated_frames - 1) / fps"),
    fact(
        "success",
        FLAG,
        "",
        "ours, the headline: neither fell, nor lost the reference, nor became unstable, nor got a "
        "number that is not finite; null for a motion of one frame",
        _SUCCESS,
    ),
    fact("survived", FLAG, "", "neither fell nor became unstable"),
    fact("survived_s", NUMBER, "s", "time until the fall; all seconds if there was none"),
    fact("failure_s", NUMBER, "s", "time of the first failure; null if none"),
    fact(
        "failure_cause",
        TEXT,
        "",
        "fall, tracking_lost, unstable or controller_nan; null if none",
    ),
)
"""Columns of every table."""
_OVER = {"mean": "mean over time", "max": "worst instant"}


def table_columns(config: EvaluationConfig, robot: Robot | None = None) -> tuple[Column, ...]:
    """All columns of a table that an evaluation makes.

    Args:
        config: What is measured.
        robot: What follows motions; adds the frames before a failure, every other definition and
            what has a number for each body and dof. None where no motion is followed.
    """
    if robot is not None:
        return (
            *FACTS,
            *failure_columns(),
            *measured_columns(config.columns),
            *over_time_columns(config),
            *defined_columns(),
            *success_columns(),
            *by_part_columns(robot),
        )
    measured = [
        measure(name, DECLARED[use.measure].unit, _meaning(use.measure, _OVER[use.over]))
        for name, use in config.columns.items()
    ]
    jerk = f"mean over windows of {config.jerk_window_s:g} s, bodies"
    return (
        *FACTS,
        *measured,
        measure("normalized_jerk", "1", jerk),
        measure("action_rate", "rad/s", "mean over dofs of the speed of position targets"),
    )


def _meaning(name: str, over: str) -> str:
    return f"{DECLARED[name].meaning.rstrip('.')}: {over}"


COLUMNS = table_columns(EvaluationConfig())
"""Columns of following a motion, where nothing else is asked for."""
MEASURES = tuple(column.name for column in COLUMNS if column.measure)
"""Names of those that are averaged over motions."""

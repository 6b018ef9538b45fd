"""What counts as a failure, in shares of the robot's size, and how evaluation measures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from motionlib.robot import Robot
from training.envs.measures import MEASURES
from training.ranges import Count, Name, NonNegative, Positive
from training.values import check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMeasure:
    """A measure as a column of the per-motion table."""

    measure: Name
    over: Literal["mean", "max"] = "mean"
    """Number taken of its values over time: the mean, or the worst instant."""

    def __post_init__(self) -> None:
        check_fields(self)
        MEASURES.require(self.measure, owner=self, field="measure")


def tracking_columns() -> dict[str, TableMeasure]:
    """What the table says of following a motion."""
    return {
        "body_pos_error_mean": TableMeasure(measure="world_body_pos"),
        "body_pos_error_max": TableMeasure(measure="world_body_pos", over="max"),
        "body_pos_error_relative_mean": TableMeasure(measure="error_body_pos"),
        "body_pos_error_relative_max": TableMeasure(measure="error_body_pos", over="max"),
        "root_pos_error_mean": TableMeasure(measure="error_root_pos"),
        "root_pos_error_max": TableMeasure(measure="error_root_pos", over="max"),
        "root_rot_error_mean": TableMeasure(measure="error_root_rot"),
        "body_rot_error_mean": TableMeasure(measure="world_body_rot"),
        "joint_error_mean": TableMeasure(measure="mean_joint_pos"),
        "body_lin_vel_error_mean": TableMeasure(measure="error_body_lin_vel"),
        "body_ang_vel_error_mean": TableMeasure(measure="error_body_ang_vel"),
        "dof_vel_error_mean": TableMeasure(measure="mean_joint_vel"),
        "contact_accuracy": TableMeasure(measure="contact_accuracy"),
    }


def tracking_series() -> dict[str, str]:
    """What is kept over time of following a motion, measures by name."""
    return {"body_pos_error": "world_body_pos", "body_pos_error_relative": "error_body_pos"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """What is measured, and thresholds of failure, scaled to a robot by `thresholds_for`."""

    columns: Mapping[str, TableMeasure] = field(default_factory=tracking_columns)
    """Columns of the table, beside jerk and action rate, which are about neighbouring instants."""
    series: Mapping[str, str] = field(default_factory=tracking_series)
    """Name to measure of what is kept over time, for plots."""
    tilt: str = "anchor_lean"
    """Measure, rad, that is a fall above `fall_tilt`."""
    fall_tilt: NonNegative = 1.0
    """rad between the robot's and the reference's up vector (anchor body) that is a fall."""
    drop: str = "anchor_drop"
    """Measure, m, that is a fall above `fall_drop_ratio`."""
    fall_drop_ratio: NonNegative = 0.35
    """Anchor this far under the reference's anchor, in shares of the root's standing height, is
    a fall."""
    lost: str = "world_body_pos"
    """Measure, m, that loses the reference above `tracking_lost_ratio`."""
    tracking_lost_ratio: Positive = 0.38
    """Mean body error, in shares of the robot's standing height, that loses the reference:
    ProtoMotions' 0.5 m on a humanoid of 1.3 m."""
    moving_speed_ratio: NonNegative = 0.1
    """Standing heights per second of mean reference body speed from which a motion without a
    stated command counts as moving."""
    jerk_window_s: Positive = 0.4
    """s, window of normalised jerk."""
    jerk_epsilon: Positive = 0.1
    """m², added to the squared path of normalised jerk."""
    series_points: Count = 240
    """Points at most of each motion's error over time; longer motions are averaged."""
    start_tolerance: NonNegative = 1e-3
    """m, most that a tracked body may differ from the reference at frame 0."""

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("tilt", "drop", "lost"):
            MEASURES.require(getattr(self, name), owner=self, field=name)
        for name, measure in self.series.items():
            MEASURES.require(measure, owner=self, field=f"series.{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Failure thresholds of one robot, in its own units."""

    fall_tilt: float
    """rad."""
    fall_drop: float
    """m."""
    tracking_lost: float
    """m."""
    moving_speed: float
    """m/s."""

    def as_dict(self) -> dict[str, float]:
        """Plain numbers for a file's metadata."""
        return asdict(self)


def thresholds_for(robot: Robot, config: EvaluationConfig) -> Thresholds:
    """Scale the ratios of `config` to a robot."""
    return Thresholds(
        fall_tilt=config.fall_tilt,
        fall_drop=config.fall_drop_ratio * robot.default_root_height,
        tracking_lost=config.tracking_lost_ratio * robot.standing_height,
        moving_speed=config.moving_speed_ratio * robot.standing_height,
    )

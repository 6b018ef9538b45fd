"""What counts as a failure, in shares of the robot's size, and how evaluation measures."""

from dataclasses import asdict, dataclass

from motionlib.robot import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """Thresholds of failure and details of measuring; scaled to a robot by `thresholds_for`."""

    fall_tilt: float = 1.0
    """rad between the robot's and the reference's up vector (anchor body) that is a fall."""
    fall_drop_ratio: float = 0.35
    """Anchor this far under the reference's anchor, in shares of the root's standing height, is
    a fall."""
    tracking_lost_ratio: float = 0.38
    """Mean body error, in shares of the robot's standing height, that loses the reference:
    ProtoMotions' 0.5 m on a humanoid of 1.3 m."""
    moving_speed_ratio: float = 0.1
    """Standing heights per second of mean reference body speed from which a motion without a
    stated command counts as moving."""
    jerk_window_s: float = 0.4
    """s, window of normalised jerk."""
    jerk_epsilon: float = 0.1
    """m², added to the squared path of normalised jerk."""
    series_points: int = 240
    """Most points kept of each motion's error over time; longer motions are averaged."""
    start_tolerance: float = 1e-3
    """m, most that a tracked body may differ from the reference at frame 0."""


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

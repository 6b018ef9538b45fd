"""Configuration of an environment: values only, with BeyondMimic's as defaults."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from motionlib.errors import nearest_names
from motionlib.robot import Robot
from training.envs.commands.base import CommandConfig
from training.envs.commands.motion import MotionCommandConfig
from training.envs.measures import MEASURES
from training.envs.measures.base import length_power
from training.envs.mimic import MIMIC_LOG, mimic_failures, mimic_observations, mimic_rewards
from training.envs.terms.observations import Group
from training.envs.terms.rewards import Reward
from training.envs.terms.terminations import Failure
from training.ranges import (
    Ascending,
    Duration,
    Filled,
    Finite,
    Natural,
    NonNegative,
    Positive,
)
from training.values import FieldError, check_fields

REFERENCE_HEIGHT = 1.29
"""m, standing height of the G1, for which the default lengths were chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Half-widths of uniform draws about zero, for a pose (m, rad) or a velocity (m/s, rad/s)."""

    x: NonNegative = 0.0
    y: NonNegative = 0.0
    z: NonNegative = 0.0
    roll: NonNegative = 0.0
    pitch: NonNegative = 0.0
    yaw: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetConfig:
    """Uniform noise about the reference state at the start of an episode."""

    pose: Spread = Spread(x=0.05, y=0.05, z=0.01, roll=0.1, pitch=0.1, yaw=0.2)
    velocity: Spread = Spread(x=0.5, y=0.5, z=0.2, roll=0.52, pitch=0.52, yaw=0.78)
    joint_pos: NonNegative = 0.1
    """rad; the result is clipped to the soft limits."""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushConfig:
    """Velocity kicks to the root, added to what it has."""

    enabled: bool = True
    interval_s: Annotated[tuple[Positive, Positive], Ascending()] = (1.0, 3.0)
    velocity: Spread = Spread(x=0.5, y=0.5, z=0.2, roll=0.52, pitch=0.52, yaw=0.78)

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomizationConfig:
    """Properties drawn once for each environment."""

    foot_friction: Annotated[tuple[NonNegative, NonNegative], Ascending()] | None = (0.3, 1.2)
    """Absolute; one draw for all feet of a robot; None keeps the robot's."""
    anchor_com: tuple[NonNegative, NonNegative, NonNegative] = (0.025, 0.05, 0.05)
    """m, half-widths along the anchor body's x, y, z."""
    joint_bias: NonNegative = 0.01
    """rad, half-width: what every encoder reads beyond the truth."""
    command_delay: Natural = 0
    """Physics steps at most by which targets come late; fewer than one control step."""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionConfig:
    """target = base + gain · action · the robot's action scale."""

    base: Literal["default", "reference"] = "default"
    """The robot's default pose, or the reference's dofs of the frame to be reached."""
    gain: Finite = 1.0
    scale: Positive | None = None
    """rad for an action of one, every joint; None takes the robot's actuator profile's."""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvConfig:
    """A task: what is asked, what is rewarded, what fails, what is seen. BeyondMimic's by default.

    Rewards, failures, observations and logged numbers are uses of measures and views by name; a
    mapping's keys are the names under which they are logged and overridden.
    """

    episode_s: Duration = 10.0
    """s; its end is a time-out, not a failure."""
    command: CommandConfig = field(default_factory=MotionCommandConfig)
    rewards: Mapping[str, Reward] = field(default_factory=mimic_rewards)
    reward_scale: Finite = 1.0
    """Multiplies the whole sum."""
    failures: Mapping[str, Failure] = field(default_factory=mimic_failures)
    """Beside them, a state on which the engine gave up always fails: `unstable`."""
    end_bodies: tuple[str, ...] | None = None
    """Bodies of the measure `end_height`; None takes the robot's feet and hands."""
    head: bool = False
    """Count the head as an end body too."""
    bodies: tuple[str, ...] = ()
    """Further bodies that moments show, beside tracked ones, anchor, feet and end bodies."""
    observations: Annotated[Mapping[str, Group], Filled()] = field(
        default_factory=mimic_observations
    )
    bootstrap: tuple[str, ...] = ("critic",)
    """Groups handed out from before an automatic reset where an episode was cut: those from which
    an agent reads the value of what would have come."""
    log: tuple[str, ...] = MIMIC_LOG
    """Measures whose means are logged, as `metric/<measure>`."""
    reset: ResetConfig = field(default_factory=ResetConfig)
    push: PushConfig = field(default_factory=PushConfig)
    randomization: RandomizationConfig = field(default_factory=RandomizationConfig)
    action: ActionConfig = field(default_factory=ActionConfig)

    def __post_init__(self) -> None:
        check_fields(self)
        for name in self.log:
            MEASURES.require(name, owner=self, field="log")
        seen = [name for name, group in self.observations.items() if not group.after_step]
        for name in self.bootstrap:
            if name not in seen:
                raise FieldError(
                    self,
                    "bootstrap",
                    expected="groups of observations that are not seen after a step; "
                    f"{nearest_names(name, seen)}",
                )

    def check_rates(self, *, control_dt: float, decimation: int) -> None:
        """Hold times against the rates of a simulator.

        Args:
            control_dt: s.
            decimation: Physics steps in one control step.

        Raises:
            FieldError: An episode of less than two control steps, or targets that come later than
                one.
        """
        if self.episode_s < 2.0 * control_dt:
            raise FieldError(
                self, "episode_s", expected=f"two control steps of {control_dt:g} s at least"
            )
        if self.randomization.command_delay >= decimation:
            raise FieldError(
                self,
                "randomization.command_delay",
                expected=f"0 to {decimation - 1}, fewer physics steps than simulator.decimation",
            )


_TABLE_MB = 256
"""References in memory during an evaluation, which so has room for a library of any size."""
_NO_RESET_NOISE = ResetConfig(pose=Spread(), velocity=Spread(), joint_pos=0.0)
_NOMINAL = RandomizationConfig(foot_friction=None, anchor_com=(0.0, 0.0, 0.0), joint_bias=0.0)


def evaluation_config(config: EnvConfig) -> EnvConfig:
    """The task without noise, pushes, randomisation or time-out, from the first frame."""
    command = config.command
    if isinstance(command, MotionCommandConfig):
        sampling = replace(command.sampling, mode="start")
        command = replace(command, cross_clips=False, sampling=sampling, table_mb=_TABLE_MB)
    return replace(
        config,
        episode_s=float("inf"),
        command=command,
        reset=_NO_RESET_NOISE,
        observations={name: _noiseless(group) for name, group in config.observations.items()},
        push=replace(config.push, enabled=False),
        randomization=_NOMINAL,
    )


def scaled_by_height(robot: Robot, config: EnvConfig | None = None) -> EnvConfig:
    """Lengths of rewards, failures and reset noise in proportion to the robot's height.

    BeyondMimic's .3 m of position tolerance and .25 m of allowed error are a third and a fifth of
    a humanoid, and more than a whole small robot. What is a length is read from each measure's
    unit.

    Args:
        robot: Its `standing_height` is compared with the G1's.
        config: Settings for a humanoid; BeyondMimic's by default.
    """
    config = config or EnvConfig()
    ratio = robot.standing_height / REFERENCE_HEIGHT
    pose = config.reset.pose

    def growth(measure: str) -> float:
        return ratio ** length_power(MEASURES[measure].unit)

    rewards = {
        name: replace(term, sigma=term.sigma * math.sqrt(growth(term.measure)))
        if term.sigma > 0.0
        else replace(term, weight=term.weight / growth(term.measure))
        for name, term in config.rewards.items()
    }
    failures = {
        name: replace(term, above=term.above * growth(term.measure))
        for name, term in config.failures.items()
    }
    pose = replace(pose, x=pose.x * ratio, y=pose.y * ratio, z=pose.z * ratio)
    reset = replace(config.reset, pose=pose)
    return replace(config, rewards=rewards, failures=failures, reset=reset)


def _noiseless(group: Group) -> Group:
    return replace(
        group, views={name: replace(use, noise=0.0) for name, use in group.views.items()}
    )

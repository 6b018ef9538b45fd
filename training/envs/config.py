"""Configuration of the tracking environment: values only, with BeyondMimic's as defaults."""

from dataclasses import dataclass, field, replace
from typing import Literal

from motionlib.robot import Robot

REFERENCE_HEIGHT = 1.29
"""m, standing height of the G1, for which the default lengths were chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A rewarded error: weight · exp(−error² / σ²), or a penalty weight · value where σ is 0."""

    weight: float
    sigma: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardsConfig:
    """Weights are rates: the sum of all terms is multiplied by the control step in seconds.

    The MicroDuck guide writes exp(−error² / 2σ²); the code that it runs, and this one, computes
    exp(−error² / σ²).
    """

    scale: float = 1.0
    """Multiplies the whole sum."""
    anchor_pos: Term = Term(weight=0.5, sigma=0.3)
    """σ in m; `motion_global_root_pos`."""
    anchor_ori: Term = Term(weight=0.5, sigma=0.4)
    """σ in rad; `motion_global_root_ori`."""
    body_pos: Term = Term(weight=1.0, sigma=0.3)
    """σ in m, mean squared over tracked bodies against relative targets."""
    body_ori: Term = Term(weight=1.0, sigma=0.4)
    """σ in rad."""
    body_lin_vel: Term = Term(weight=1.0, sigma=1.0)
    """σ in m/s, world."""
    body_ang_vel: Term = Term(weight=1.0, sigma=3.14)
    """σ in rad/s, world."""
    action_rate: Term = Term(weight=-0.1)
    """‖a(t) − a(t−1)‖²."""
    joint_limit: Term = Term(weight=-10.0)
    """Sum of rad beyond the soft limits."""
    self_collisions: Term = Term(weight=-10.0)
    """Number of contacts between the robot's own bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationsConfig:
    """Errors that end an episode as a failure; infinity switches one off."""

    anchor_height: float = 0.25
    """m, |height error of the anchor|."""
    anchor_tilt: float = 0.8
    """|difference of the gravity direction's z in the two anchor frames|, 0 to 2."""
    end_height: float = 0.25
    """m, |height error| of any end body."""
    anchor_distance: float = float("inf")
    """m, horizontal error of the anchor."""
    anchor_angle: float = float("inf")
    """rad, rotation error of the anchor, heading included; from π on it never ends an episode."""
    end_bodies: tuple[str, ...] | None = None
    """Bodies of `end_height`; None takes the robot's feet and hands."""
    head: bool = False
    """Count the head among the end bodies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Half-widths of uniform draws about zero, for a pose (m, rad) or a velocity (m/s, rad/s)."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetConfig:
    """Uniform noise about the reference state at the start of an episode."""

    pose: Spread = Spread(x=0.05, y=0.05, z=0.01, roll=0.1, pitch=0.1, yaw=0.2)
    velocity: Spread = Spread(x=0.5, y=0.5, z=0.2, roll=0.52, pitch=0.52, yaw=0.78)
    joint_pos: float = 0.1
    """rad; the result is clipped to the soft limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsConfig:
    """Uniform noise (half-widths) on what the actor sees; the critic sees no noise."""

    anchor_pos: float = 0.25
    """m."""
    anchor_ori: float = 0.05
    """On entries of a rotation matrix."""
    base_lin_vel: float = 0.5
    """m/s."""
    base_ang_vel: float = 0.2
    """rad/s."""
    joint_pos: float = 0.01
    """rad."""
    joint_vel: float = 0.5
    """rad/s."""
    state_estimation: bool = True
    """False: the actor sees neither its position error nor its linear velocity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushConfig:
    """Velocity kicks to the root, added to what it has."""

    enabled: bool = True
    interval_s: tuple[float, float] = (1.0, 3.0)
    velocity: Spread = Spread(x=0.5, y=0.5, z=0.2, roll=0.52, pitch=0.52, yaw=0.78)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomizationConfig:
    """Properties drawn once for each environment."""

    foot_friction: tuple[float, float] | None = (0.3, 1.2)
    """Absolute; one draw for all feet of a robot; None keeps the robot's."""
    anchor_com: tuple[float, float, float] = (0.025, 0.05, 0.05)
    """m, half-widths along the anchor body's x, y, z."""
    joint_bias: float = 0.01
    """rad, half-width: what every encoder reads beyond the truth."""
    command_delay: int = 0
    """Physics steps at most by which targets come late; fewer than one control step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """Where episodes start."""

    mode: Literal["adaptive", "uniform", "start"] = "adaptive"
    """By failures, uniformly over frames, or at the first frame of a clip."""
    kernel_size: int = 5
    """Bins; a failure raises its own bin and those before it."""
    decay: float = 0.8
    """λ of the kernel λ^i."""
    uniform_ratio: float = 0.1
    """Shared by all bins, added to their failures."""
    alpha: float = 0.001
    """Rate of the running mean of failures, by control step."""
    uniform_share: float = 0.0
    """Share of adaptive draws that are uniform over frames whatever the failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionConfig:
    """target = base + gain · action · the robot's action scale."""

    base: Literal["default", "reference"] = "default"
    """The robot's default pose, or the reference's dofs of the frame to be reached."""
    gain: float = 1.0
    scale: float | None = None
    """rad for an action of one, every joint; None takes the robot's actuator profile's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig:
    """The whole-body tracking task."""

    episode_s: float = 10.0
    """s; its end is a time-out, not a failure."""
    cross_clips: bool = False
    """Let an episode run from the last frame of a clip into the first of the next."""
    rewards: RewardsConfig = field(default_factory=RewardsConfig)
    terminations: TerminationsConfig = field(default_factory=TerminationsConfig)
    reset: ResetConfig = field(default_factory=ResetConfig)
    observations: ObservationsConfig = field(default_factory=ObservationsConfig)
    push: PushConfig = field(default_factory=PushConfig)
    randomization: RandomizationConfig = field(default_factory=RandomizationConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    action: ActionConfig = field(default_factory=ActionConfig)


_NO_NOISE = ObservationsConfig(
    anchor_pos=0.0,
    anchor_ori=0.0,
    base_lin_vel=0.0,
    base_ang_vel=0.0,
    joint_pos=0.0,
    joint_vel=0.0,
)
_NO_RESET_NOISE = ResetConfig(pose=Spread(), velocity=Spread(), joint_pos=0.0)
_NOMINAL = RandomizationConfig(foot_friction=None, anchor_com=(0.0, 0.0, 0.0), joint_bias=0.0)


def evaluation_config(config: TrackingConfig) -> TrackingConfig:
    """The same task without noise, pushes, randomisation or time-out, from the first frame."""
    estimated = config.observations.state_estimation
    return replace(
        config,
        episode_s=float("inf"),
        cross_clips=False,
        reset=_NO_RESET_NOISE,
        observations=replace(_NO_NOISE, state_estimation=estimated),
        push=replace(config.push, enabled=False),
        randomization=_NOMINAL,
        sampling=replace(config.sampling, mode="start"),
    )


def scaled_by_height(robot: Robot, config: TrackingConfig | None = None) -> TrackingConfig:
    """Lengths of rewards, terminations and reset noise in proportion to the robot's height.

    BeyondMimic's .3 m of position tolerance and .25 m of allowed error are a third and a fifth of
    a humanoid, and more than a whole small robot.

    Args:
        robot: Its `standing_height` is compared with the G1's.
        config: Settings for a humanoid; BeyondMimic's by default.
    """
    config = config or TrackingConfig()
    ratio = robot.standing_height / REFERENCE_HEIGHT
    rewards, ends, reset = config.rewards, config.terminations, config.reset
    pose = reset.pose
    return replace(
        config,
        rewards=replace(
            rewards,
            anchor_pos=_scaled(rewards.anchor_pos, ratio),
            body_pos=_scaled(rewards.body_pos, ratio),
            body_lin_vel=_scaled(rewards.body_lin_vel, ratio),
        ),
        terminations=replace(
            ends,
            anchor_height=ends.anchor_height * ratio,
            end_height=ends.end_height * ratio,
            anchor_distance=ends.anchor_distance * ratio,
        ),
        reset=replace(
            reset,
            pose=replace(pose, x=pose.x * ratio, y=pose.y * ratio, z=pose.z * ratio),
        ),
    )


def _scaled(term: Term, ratio: float) -> Term:
    return replace(term, sigma=term.sigma * ratio)

"""Walking references for any biped: commands to footsteps, joint angles and polynomials."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from motionlib.errors import MotionError, RobotError
from motionlib.formats.polynomial import (
    COEFFICIENTS,
    PolynomialMotion,
    command_from_key,
    command_key,
)
from motionlib.robot import Robot
from motionlib.synthesis.footsteps import GaitShape, foot_targets, sway
from motionlib.synthesis.inverse_kinematics import Leg, leg_of, sole_of, solve_leg
from motionlib.synthesis.periodic_fit import fit_closed, slopes

_SAMPLES = 128
"""Phases at which the legs are solved; eight for each coefficient."""
_REACH_TOLERANCE = 1e-4
"""m: a command whose feet miss their targets by more is out of reach."""
_FPS = 50.0
_LONGEST_PERIOD_S = 1.1
_HIGHEST_LIFT = 0.06
"""m and s: what a grown person does; smaller robots scale down from their own legs."""

_STANCE_WEIGHT = 9.0
"""A millimetre matters on the ground more than in the air."""

Command = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """A command that the robot's legs cannot follow with this gait."""

    command: Command
    reason: str


def synthesize_references(
    robot: Robot,
    *,
    dx: Sequence[float],
    dy: Sequence[float],
    dtheta: Sequence[float],
    shape: GaitShape | None = None,
) -> tuple[list[PolynomialMotion], list[OutOfReach]]:
    """Walking cycles for every combination of commanded velocities.

    Phase 0 is the left foot's touch-down: there and half a period later the joints turn most
    sharply, and a polynomial is most supple at its ends. The zero command is standing: every
    joint keeps the default pose.

    Args:
        robot: A biped with five or six dofs a leg.
        dx: m/s forwards.
        dy: m/s to the left.
        dtheta: rad/s counter-clockwise.
        shape: Period, lift, sway and the like; default `default_shape(robot)`.

    Returns:
        Cycles sorted by command, and the commands that are out of reach.

    Raises:
        RobotError: No biped, or its default pose does not stand on level soles.
        MotionError: A command that is not finite.
    """
    # rounded as in the keys of a file, so that a motion does exactly what its name says
    keys = {command_key((x, y, w)) for x in dx for y in dy for w in dtheta}
    commands = sorted(command_from_key(key) for key in keys)
    return synthesize_walks(robot, commands, shape=shape)


def synthesize_walks(
    robot: Robot, commands: Sequence[Command], *, shape: GaitShape | None = None
) -> tuple[list[PolynomialMotion], list[OutOfReach]]:
    """Walking cycles for a list of commands; see `synthesize_references`."""
    if not np.isfinite(np.asarray(commands, dtype=np.float64)).all() or not commands:
        raise MotionError(f"commands {commands!r:.80}, expected finite dx, dy, dtheta")
    shape = shape or default_shape(robot)
    legs = _legs(robot)
    phases = np.arange(_SAMPLES) / _SAMPLES
    table = np.asarray(commands, dtype=np.float64)
    moving = np.abs(table).max(axis=1) > 0.0
    dof_pos = np.tile(np.asarray(robot.default_dof_pos), (len(table), _SAMPLES, 1))
    missing = np.zeros(len(table))
    for side, leg in enumerate(legs):
        home = sole_of(leg, leg.default[None])[0][0]
        place, yaw = foot_targets(table[moving], home, side, phases, shape)
        place = place.reshape(-1, 3)
        solved, error = solve_leg(leg, place, yaw.reshape(-1))
        dof_pos[np.ix_(moving, range(_SAMPLES), leg.dofs)] = solved.reshape(
            -1, _SAMPLES, len(leg.dofs)
        )
        missing[moving] = np.maximum(missing[moving], error.reshape(-1, _SAMPLES).max(axis=1))
    motions, refused = [], []
    for row, command in enumerate(commands):
        if missing[row] > _REACH_TOLERANCE:
            reason = f"a foot misses its place by {1e3 * missing[row]:.1f} mm at the joint limits"
            refused.append(OutOfReach(command=command, reason=reason))
            continue
        motions.append(_cycle(command, dof_pos[row], legs, phases, shape, moving=bool(moving[row])))
    return motions, refused


def default_shape(robot: Robot) -> GaitShape:
    """Gait scaled to the robot by the length of its legs and the width of its stance.

    The period goes with the pendulum time of the leg, lengths with the leg, the sway with what
    keeps a walker from tipping; see `_balancing_sway`.
    """
    legs = _legs(robot)
    centres = [sole_of(leg, leg.default[None])[0][0] for leg in legs]
    height = float(-np.mean([centre[2] for centre in centres]))
    half_width = float(abs(centres[0][1] - centres[1][1]) / 2.0)
    clock_s = math.sqrt(height / 9.81)
    period_s = round(min(5.0 * clock_s, _LONGEST_PERIOD_S), 2)
    return GaitShape(
        period_s=period_s,
        double_support=0.2,
        lift=min(0.145 * height, _HIGHEST_LIFT),
        sway=_balancing_sway(half_width - 0.5 * _sole_half_width(legs[0]), period_s, clock_s),
        bob=0.04 * height,
    )


def _balancing_sway(support: float, period_s: float, clock_s: float) -> float:
    """Metres by which a trunk that falls from side to side nears each foot's line of support.

    The lateral motion of the linear inverted pendulum that repeats after a step (Kajita et al.,
    2001): d (1 - 1 / cosh(t / 2τ)), with d the support's distance from the middle, t the time of
    a step and τ the pendulum's. Trunks that sway less tip towards the swinging foot.
    """
    return support * (1.0 - 1.0 / math.cosh(0.25 * period_s / clock_s))


def _sole_half_width(leg: Leg) -> float:
    across = leg.corners @ leg.foot_axes[1]
    return float(np.ptp(across)) / 2.0


def _legs(robot: Robot) -> tuple[Leg, Leg]:
    if len(robot.foot_bodies) != 2:
        raise RobotError(f"robot {robot.name} has {len(robot.foot_bodies)} feet, expected two")
    legs = (leg_of(robot, 0), leg_of(robot, 1))
    centres = []
    for leg in legs:
        centre, axes = sole_of(leg, leg.default[None])
        centres.append(centre[0])
        tilt = float(np.arccos(np.clip(axes[0, 2, 2], -1.0, 1.0)))
        if tilt > 0.2:
            raise RobotError(
                f"robot {robot.name}: the sole of {leg.foot} is tilted by {tilt:.2f} rad in the "
                "default pose, expected level soles; mend default_pose in its robot.yaml"
            )
    if centres[0][1] <= centres[1][1]:
        raise RobotError(
            f"robot {robot.name}: foot {legs[0].foot} stands right of {legs[1].foot}; "
            "expected foot_bodies to name the left foot first"
        )
    return legs


def _cycle(
    command: Command,
    dof_pos: np.ndarray,
    legs: tuple[Leg, Leg],
    phases: np.ndarray,
    shape: GaitShape,
    *,
    moving: bool,
) -> PolynomialMotion:
    """One motion from its sampled joints (S, D)."""
    positions = _constant(dof_pos[0])
    contact, shift = _constant(np.ones(2)), np.zeros((2, COEFFICIENTS))
    if moving:
        for side, leg in enumerate(legs):
            standing = (phases - 0.5 * side) % 1.0 < shape.stance
            weights = np.where(standing, _STANCE_WEIGHT, 1.0)
            positions[list(leg.dofs)] = fit_closed(
                phases, dof_pos[:, leg.dofs], COEFFICIENTS, weights=weights
            )
        contact = fit_closed(phases, _contacts(phases, shape), COEFFICIENTS)
        shift = slopes(fit_closed(phases, sway(phases, shape), COEFFICIENTS)) / shape.period_s
    steady = _constant(np.array([*command[:2], 0.0]))
    steady[:2] += shift
    return PolynomialMotion(
        name=command_key(command),
        command=command,
        period_s=shape.period_s,
        fps=_FPS,
        dof_pos=positions,
        dof_vel=slopes(positions) / shape.period_s,
        foot_contact=contact,
        base_lin_vel=steady,
        base_ang_vel=_constant(np.array([0.0, 0.0, command[2]])),
    )


def _constant(values: np.ndarray) -> np.ndarray:
    """(R,) values as (R, K) polynomials."""
    return np.pad(values[:, None], ((0, 0), (0, COEFFICIENTS - 1)))


def _contacts(phases: np.ndarray, shape: GaitShape) -> np.ndarray:
    """(S, 2) smooth contact signals that cross one half at touch-down and lift-off."""
    signals = []
    for side in (0, 1):
        middle = 0.5 * shape.stance + 0.5 * side
        away = np.abs((phases - middle + 0.5) % 1.0 - 0.5)
        signals.append(0.5 - 0.5 * np.tanh((away - 0.5 * shape.stance) / 0.06))
    return np.stack(signals, axis=1)


def with_period(shape: GaitShape, period_s: float) -> GaitShape:
    """The gait's shape at another period."""
    return replace(shape, period_s=period_s)

"""Walking references: a polynomial cycle becomes a clip whose base travels with its feet."""

import math
from dataclasses import asdict, dataclass

import numpy as np
import torch

from motionlib.errors import MotionError, RobotError
from motionlib.formats.polynomial import PolynomialMotion
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.rotations import quat_from_euler_xyz
from motionlib.walking.phase_curves import (
    ClosedCurve,
    closed_curve,
    polynomial_curve,
    polynomial_slope,
)
from motionlib.walking.stance_odometry import BaseTravel, FeetOverPeriod, feet_over_period

_GRID = 512
"""Samples of one period on which the base trajectory is integrated."""
_CONTACT = 0.5
"""Contact polynomials above this count as stance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport:
    """What was found wrong in one polynomial motion, and what its repair cost."""

    motion_name: str
    period_s: float
    limit_excess_by_dof: dict[str, float]
    """rad beyond the limit before clipping, joints that exceed only."""
    limit_excess_max: float
    """rad."""
    closure_gap: float
    """rad, largest jump of a joint from the period's end to its start."""
    closure_rms: float
    """rad, root mean square change of the worst joint by closing; 0 where nothing was refit."""
    velocity_correlation: float
    """Smallest correlation of a moving joint's stored velocity with the slope of its position."""
    velocity_disagreement: float
    """rad/s, largest root mean square of their difference."""
    base_pitch: float
    """rad, constant, nose down positive."""
    sole_tilt_max: float
    """rad, largest tilt of a stance sole against the ground."""
    odometry: tuple[float, float, float]
    """m/s, m/s, rad/s: mean body-frame velocity that the stance feet alone would give."""
    stance_slip_mean: float
    """m/s, horizontal speed of the lowest corner of stance soles."""
    stance_slip_max: float
    """m/s."""
    penetration_max: float
    """m, any sole corner below the ground."""
    foot_lift: tuple[float, float]
    """m, largest height of the left and right sole's lowest corner."""
    dropped_dofs: tuple[str, ...]

    def row(self) -> dict[str, object]:
        """The measures as a JSON-able table row."""
        return asdict(self)


def motion_from_polynomial(
    poly: PolynomialMotion,
    robot: Robot,
    *,
    fps: float = 50.0,
    cycles: int = 1,
    min_seconds: float = 0.0,
    source: str = "",
    source_sha256: str = "",
) -> tuple[Motion, RepairReport]:
    """Turn a polynomial cycle into a clip.

    Frame k lies at time k/fps exactly; the true period is kept, so the phase of frame k is the
    fractional part of k/(fps·period). `cycles` whole periods are covered, the end excluded: a
    cycle of .54 s at 50 Hz has 27 frames. Joints that do not close over the period are refit by
    six harmonics, joints beyond their limits are clipped. The base has one constant pitch that
    levels the stance soles, turns at dtheta, and travels by the odometry of the sole corners
    nearest to the ground, shifted so that its mean velocity in the body frame is the command;
    its height keeps the lowest corners on the ground.

    Args:
        poly: The cycle.
        robot: Robot that it was read for; two feet.
        fps: Frames per second of the clip.
        cycles: Whole periods.
        min_seconds: If positive, as many further periods as a clip of this length needs.
        source: Name for the provenance; default the motion's own name.
        source_sha256: Of the file.

    Returns:
        The clip, and what was repaired.

    Raises:
        MotionError: `fps` or `cycles` is not positive, or the motion is no walking cycle.
        RobotError: The robot is no biped or has other dofs than the motion.
    """
    _check(poly, robot, fps, cycles)
    grid = np.arange(_GRID) / _GRID
    closed = closed_curve(poly.dof_pos, grid, where=poly.name)
    contact = polynomial_curve(poly.foot_contact)
    lower, upper = np.asarray(robot.dof_limits).T
    unclipped = closed.curve(grid)
    excess = np.maximum(unclipped - upper, lower - unclipped).max(axis=0)
    feet = feet_over_period(
        robot, np.clip(unclipped, lower, upper), contact(grid) > _CONTACT, where=poly.name
    )
    travel = BaseTravel(feet, poly.command, poly.period_s)

    cycles, cycle, phase = _frame_phases(poly.period_s, fps, cycles, min_seconds)
    root_pos, yaw = travel.at(cycle, phase)
    level = torch.zeros(len(phase), dtype=torch.float64)
    motion = Motion(
        name=poly.name,
        robot=robot,
        fps=float(fps),
        root_pos=torch.as_tensor(root_pos).float(),
        root_quat_wxyz=quat_from_euler_xyz(level, level + feet.pitch, torch.as_tensor(yaw)).float(),
        dof_pos=torch.as_tensor(np.clip(closed.curve(phase), lower, upper)).float(),
        foot_contact=torch.as_tensor(contact(phase) > _CONTACT),
        provenance=Provenance(
            source=source or poly.name,
            source_sha256=source_sha256,
            steps=_steps(poly, closed, excess, feet.pitch, (fps, cycles, len(phase))),
            command=poly.command,
        ),
    )
    return motion, _report(poly, robot, closed, excess, feet, travel)


def _check(poly: PolynomialMotion, robot: Robot, fps: float, cycles: int) -> None:
    if not (math.isfinite(fps) and fps > 0) or cycles < 1:
        raise MotionError(f"{poly.name}: fps {fps} and cycles {cycles}, expected positive numbers")
    if len(robot.foot_bodies) != 2 or len(robot.soles) != 2:
        raise RobotError(f"robot {robot.name} has {len(robot.foot_bodies)} feet, expected two")
    if poly.dof_pos.shape[0] != robot.num_dofs:
        raise RobotError(
            f"{poly.name}: {poly.dof_pos.shape[0]} joints, robot {robot.name} has "
            f"{robot.num_dofs}; read the file for this robot"
        )


def _frame_phases(
    period_s: float, fps: float, cycles: int, min_seconds: float
) -> tuple[int, np.ndarray, np.ndarray]:
    """Cycles of a clip; whole cycles before each frame (N,) and the phase of each (N,)."""
    frames_a_cycle = period_s * fps
    # a frame on the end of the last cycle belongs to the next one
    while math.ceil(cycles * frames_a_cycle - 1e-6) - 1 < min_seconds * fps - 1e-6:
        cycles += 1
    frames = max(1, math.ceil(cycles * frames_a_cycle - 1e-6))
    turns = np.arange(frames) / frames_a_cycle
    turns = np.where(np.abs(turns - np.rint(turns)) < 1e-9, np.rint(turns), turns)
    return cycles, np.floor(turns), turns - np.floor(turns)


def _steps(
    poly: PolynomialMotion,
    closed: ClosedCurve,
    excess: np.ndarray,
    pitch: float,
    clip: tuple[float, int, int],
) -> tuple[str, ...]:
    fps, cycles, frames = clip
    dropped = f", without {' '.join(poly.dropped_dofs)}" if poly.dropped_dofs else ""
    worst = float(excess.max())
    return (
        f"polynomials of degree {poly.dof_pos.shape[1] - 1}, joints matched by name{dropped}",
        closed.rule,
        f"joint limits: {f'clipped by up to {worst:.3f} rad' if worst > 0 else 'kept'}",
        f"base: constant pitch {math.degrees(pitch):.2f} deg levels the stance soles, "
        "turns at dtheta, odometry of the stance soles with the command as mean velocity, "
        "height from the lowest sole",
        f"frames at k/{fps:g} s, true period {poly.period_s:g} s kept, "
        f"{cycles} cycles, {frames} frames",
    )


def _report(
    poly: PolynomialMotion,
    robot: Robot,
    closed: ClosedCurve,
    excess: np.ndarray,
    feet: FeetOverPeriod,
    travel: BaseTravel,
) -> RepairReport:
    correlation, disagreement = _velocity_agreement(poly)
    heights = feet.corners[..., 2] + travel.height[:, None, None]
    low = heights.argmin(axis=2)[..., None]
    slip = np.take_along_axis(travel.slip, low, axis=2)[..., 0][feet.stance]
    lift = heights.min(axis=2).max(axis=0)
    beyond = zip(robot.dof_names, excess, strict=True)
    return RepairReport(
        motion_name=poly.name,
        period_s=poly.period_s,
        limit_excess_by_dof={name: float(value) for name, value in beyond if value > 0},
        limit_excess_max=max(0.0, float(excess.max())),
        closure_gap=closed.gap,
        closure_rms=closed.cost,
        velocity_correlation=correlation,
        velocity_disagreement=disagreement,
        base_pitch=feet.pitch,
        sole_tilt_max=float(feet.tilt[feet.stance].max()),
        odometry=(
            float(travel.odometry[0]),
            float(travel.odometry[1]),
            feet.yaw_rate(poly.period_s),
        ),
        stance_slip_mean=float(slip.mean()),
        stance_slip_max=float(slip.max()),
        penetration_max=max(0.0, float(-heights.min())),
        foot_lift=(float(lift[0]), float(lift[1])),
        dropped_dofs=poly.dropped_dofs,
    )


def _velocity_agreement(poly: PolynomialMotion) -> tuple[float, float]:
    grid = np.arange(_GRID) / _GRID
    slope = polynomial_curve(polynomial_slope(poly.dof_pos))(grid) / poly.period_s
    stored = polynomial_curve(poly.dof_vel)(grid)
    disagreement = float(np.sqrt(((slope - stored) ** 2).mean(axis=0)).max())
    # joints that hardly move have noise for a correlation
    moving = np.flatnonzero((slope.std(axis=0) > 0.05) & (stored.std(axis=0) > 1e-6))
    worst = [float(np.corrcoef(slope[:, dof], stored[:, dof])[0, 1]) for dof in moving]
    return min(worst, default=1.0), disagreement

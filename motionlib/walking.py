"""Walking references: a polynomial cycle becomes a clip whose base travels with its feet."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from motionlib.contacts import sole_corners
from motionlib.errors import MotionError, RobotError
from motionlib.formats.polynomial import PolynomialMotion
from motionlib.kinematics import Kinematics
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.rotations import quat_from_euler_xyz

_GRID = 512
"""Samples of one period on which the base trajectory is integrated."""
_HARMONICS = 6
_CLOSED_GAP = 2e-3
"""rad: joints that meet their start this closely are left as they are."""
_CLOSED_SLOPE = 0.05
"""rad for one period: the same for the slope over the phase."""
_VOTE_HEIGHT = 1e-3
"""m: height above the lowest corner at which a sole corner's say in the odometry falls to 1/e."""
_GROUND_HEIGHT = 2.5e-4
"""m: the same for the height of the base."""
_CONTACT = 0.5
"""Contact polynomials above this count as stance."""

_Curve = Callable[[np.ndarray], np.ndarray]


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
        """As a JSON-able table row."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feet:
    """Soles over one period in the level frame of the trunk, yaw and travel taken out."""

    corners: np.ndarray
    """(M, F, 4, 3) m."""
    stance: np.ndarray
    """(M, F) bool."""
    pitch: float
    tilt: np.ndarray
    """(M, F) rad, of each sole against the level."""


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
        MotionError: `fps` or `cycles` is not positive.
        RobotError: The robot is no biped or has other dofs than the motion.
    """
    _check(poly, robot, fps, cycles)
    raw = _polynomial(poly.dof_pos)
    phases = np.arange(_GRID) / _GRID
    curve, closing, step = _closed(raw, phases)
    limits = np.asarray(robot.dof_limits)
    unclipped = curve(phases)
    dof_pos = np.clip(unclipped, limits[:, 0], limits[:, 1])
    feet = _feet_over_period(poly, robot, dof_pos, phases)
    travel = _Travel(poly, feet)

    while math.ceil(cycles * poly.period_s * fps - 1e-6) - 1 < min_seconds * fps - 1e-6:
        cycles += 1
    frames = max(1, math.ceil(cycles * poly.period_s * fps - 1e-6))
    turns = np.arange(frames) / (fps * poly.period_s)
    # a frame on the boundary belongs to the start of the next cycle
    turns = np.where(np.abs(turns - np.rint(turns)) < 1e-9, np.rint(turns), turns)
    frame_phases = turns - np.floor(turns)
    root_pos, yaw = travel.at(np.floor(turns), frame_phases)
    pitch = torch.full((frames,), feet.pitch, dtype=torch.float64)
    excess = np.maximum(unclipped - limits[:, 1], limits[:, 0] - unclipped).max(axis=0)
    motion = Motion(
        name=poly.name,
        robot=robot,
        fps=float(fps),
        root_pos=_float32(root_pos),
        root_quat_wxyz=quat_from_euler_xyz(
            torch.zeros_like(pitch), pitch, torch.as_tensor(yaw)
        ).float(),
        dof_pos=_float32(np.clip(curve(frame_phases), limits[:, 0], limits[:, 1])),
        foot_contact=torch.as_tensor(_polynomial(poly.foot_contact)(frame_phases) > _CONTACT),
        provenance=Provenance(
            source=source or poly.name,
            source_sha256=source_sha256,
            steps=_steps(poly, fps, cycles, frames, step, excess, feet.pitch),
            command=poly.command,
        ),
    )
    return motion, _report(poly, robot, phases, excess, closing, feet, travel)


def _float32(values: np.ndarray) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32)


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


def _polynomial(coefficients: np.ndarray) -> _Curve:
    """Horner over the phase: (N,) to (N, rows)."""

    def evaluate(phase: np.ndarray) -> np.ndarray:
        value = np.zeros((len(phase), len(coefficients)))
        for column in coefficients.T[::-1]:
            value = value * phase[:, None] + column
        return value

    return evaluate


def _slope(coefficients: np.ndarray) -> np.ndarray:
    powers = np.arange(1, coefficients.shape[1])
    return coefficients[:, 1:] * powers


def _closed(raw: _Curve, phases: np.ndarray) -> tuple[_Curve, tuple[float, float], str]:
    """A curve of period one, (gap, cost) in rad, and the rule that was applied."""
    ends = raw(np.array([0.0, 1e-4, 1.0 - 1e-4, 1.0]))
    gap = float(np.abs(ends[3] - ends[0]).max())
    slopes = np.abs((ends[3] - ends[2]) - (ends[1] - ends[0])) / 1e-4
    if gap <= _CLOSED_GAP and float(slopes.max()) <= _CLOSED_SLOPE:
        return raw, (gap, 0.0), f"cycle closes within {gap:.2g} rad, kept as fitted"
    basis = _harmonics(phases)
    samples = raw(phases)
    weights = np.linalg.lstsq(basis, samples, rcond=None)[0]
    cost = float(np.sqrt(((basis @ weights - samples) ** 2).mean(axis=0)).max())
    rule = (
        f"joints refit by {_HARMONICS} harmonics, closing a gap of {gap:.3f} rad "
        f"at {cost:.4f} rad RMS"
    )
    return lambda phase: _harmonics(phase) @ weights, (gap, cost), rule


def _harmonics(phase: np.ndarray) -> np.ndarray:
    angle = 2.0 * np.pi * phase[:, None] * np.arange(1, _HARMONICS + 1)
    return np.concatenate((np.ones((len(phase), 1)), np.cos(angle), np.sin(angle)), axis=1)


def _feet_over_period(
    poly: PolynomialMotion, robot: Robot, dof_pos: np.ndarray, phases: np.ndarray
) -> _Feet:
    count = len(phases)
    poses = Kinematics(robot, dtype=torch.float64).forward(
        torch.zeros(count, 3, dtype=torch.float64),
        torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64).expand(count, 4),
        torch.as_tensor(dof_pos),
    )
    corners = sole_corners(robot, poses.body_pos, poses.body_quat_wxyz).numpy()
    normals = _normals(corners)
    stance = _polynomial(poly.foot_contact)(phases) > _CONTACT
    if not stance.any():
        raise MotionError(f"{poly.name}: no foot is ever in contact; expected a walking cycle")
    mean = normals[stance].mean(axis=0)
    pitch = -math.atan2(mean[0], mean[2])
    level = np.array(
        [
            [math.cos(pitch), 0.0, math.sin(pitch)],
            [0.0, 1.0, 0.0],
            [-math.sin(pitch), 0.0, math.cos(pitch)],
        ]
    )
    tilt = np.arccos(np.clip((normals @ level.T)[..., 2], -1.0, 1.0))
    return _Feet(corners=corners @ level.T, stance=stance, pitch=pitch, tilt=tilt)


def _normals(corners: np.ndarray) -> np.ndarray:
    """Unit normals of soles, turned upwards: (M, F, 4, 3) to (M, F, 3)."""
    edges = corners - corners.mean(axis=2, keepdims=True)
    first = edges[:, :, 1] - edges[:, :, 0]
    second = edges[:, :, 2] - edges[:, :, 0]
    normal = np.cross(first, second)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return normal * np.sign(normal[..., 2:])


class _Travel:
    """Base trajectory over one period and its continuation over the next ones."""

    def __init__(self, poly: PolynomialMotion, feet: _Feet) -> None:
        self.period_s = poly.period_s
        self.command = np.asarray(poly.command)
        corners, time_step = feet.corners, poly.period_s / _GRID
        heights = corners[..., 2]
        lowest = heights.min(axis=(1, 2), keepdims=True)
        votes = np.exp(-(heights - lowest) / _VOTE_HEIGHT)
        votes /= votes.sum(axis=(1, 2), keepdims=True)
        local = (np.roll(corners, -1, axis=0) - np.roll(corners, 1, axis=0)) / (2.0 * time_step)
        local = local[..., :2]
        turning = self.command[2] * np.stack((-corners[..., 1], corners[..., 0]), axis=-1)
        odometry = -((local + turning) * votes[..., None]).sum(axis=(1, 2))
        self.odometry = odometry.mean(axis=0)
        self.velocity = odometry + self.command[:2] - self.odometry
        """(M, 2) m/s, level body frame."""
        self.slip = np.linalg.norm(local + turning + self.velocity[:, None, None], axis=-1)
        """(M, F, 4) m/s of every sole corner over the ground."""
        spread = np.exp(-(heights - lowest) / _GROUND_HEIGHT).sum(axis=(1, 2)) / 4.0
        self.height = _GROUND_HEIGHT * np.log(spread) - lowest[:, 0, 0]
        self._path = self._integrate(time_step)

    def _integrate(self, time_step: float) -> np.ndarray:
        """(M + 1, 2) m from the start of the period, world axes of its start."""
        yaw = self.command[2] * time_step * np.arange(_GRID + 1)
        velocity = np.concatenate((self.velocity, self.velocity[:1]))
        world = _rotate(velocity, yaw)
        steps = 0.5 * time_step * (world[1:] + world[:-1])
        return np.concatenate((np.zeros((1, 2)), np.cumsum(steps, axis=0)))

    def at(self, cycle: np.ndarray, phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) m and (N,) rad yaw at whole cycles plus phase."""
        turn = self.command[2] * self.period_s
        starts = np.zeros((int(cycle.max()) + 1, 2))
        for index in range(1, len(starts)):
            step = _rotate(self._path[-1:], np.array([turn * (index - 1)]))[0]
            starts[index] = starts[index - 1] + step
        grid = np.arange(_GRID + 1) / _GRID
        local = np.stack([np.interp(phase, grid, self._path[:, axis]) for axis in (0, 1)], axis=1)
        height = np.interp(phase, grid, np.append(self.height, self.height[0]))
        position = starts[cycle.astype(int)] + _rotate(local, turn * cycle)
        return np.column_stack((position, height)), turn * (cycle + phase)


def _rotate(vectors: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    cos, sin = np.cos(yaw), np.sin(yaw)
    x, y = vectors[:, 0], vectors[:, 1]
    return np.stack((cos * x - sin * y, sin * x + cos * y), axis=-1)


def _steps(
    poly: PolynomialMotion,
    fps: float,
    cycles: int,
    frames: int,
    closing: str,
    excess: np.ndarray,
    pitch: float,
) -> tuple[str, ...]:
    dropped = f", without {' '.join(poly.dropped_dofs)}" if poly.dropped_dofs else ""
    worst = float(excess.max())
    clipped = f"clipped by up to {worst:.3f} rad" if worst > 0 else "within them"
    return (
        f"polynomials of degree {poly.dof_pos.shape[1] - 1}, joints matched by name{dropped}",
        closing,
        f"joint limits: {clipped}",
        f"base: constant pitch {math.degrees(pitch):.2f} deg levels the stance soles, "
        "turns at dtheta, odometry of the stance soles with the command as mean velocity, "
        "height from the lowest sole",
        f"frames at k/{fps:g} s, true period {poly.period_s:g} s kept, "
        f"{cycles} cycles, {frames} frames",
    )


def _report(
    poly: PolynomialMotion,
    robot: Robot,
    phases: np.ndarray,
    excess: np.ndarray,
    closing: tuple[float, float],
    feet: _Feet,
    travel: _Travel,
) -> RepairReport:
    correlation, disagreement = _velocity_agreement(poly, phases)
    heights = feet.corners[..., 2] + travel.height[:, None, None]
    low = heights.argmin(axis=2)[..., None]
    slip = np.take_along_axis(travel.slip, low, axis=2)[..., 0][feet.stance]
    lift = heights.min(axis=2).max(axis=0)
    yaw = _odometry_yaw(feet, poly.period_s)
    return RepairReport(
        motion_name=poly.name,
        period_s=poly.period_s,
        limit_excess_by_dof={
            name: float(value)
            for name, value in zip(robot.dof_names, excess, strict=True)
            if value > 0
        },
        limit_excess_max=max(0.0, float(excess.max())),
        closure_gap=closing[0],
        closure_rms=closing[1],
        velocity_correlation=correlation,
        velocity_disagreement=disagreement,
        base_pitch=feet.pitch,
        sole_tilt_max=float(feet.tilt[feet.stance].max()),
        odometry=(float(travel.odometry[0]), float(travel.odometry[1]), yaw),
        stance_slip_mean=float(slip.mean()),
        stance_slip_max=float(slip.max()),
        penetration_max=max(0.0, float(-heights.min())),
        foot_lift=(float(lift[0]), float(lift[1])),
        dropped_dofs=poly.dropped_dofs,
    )


def _velocity_agreement(poly: PolynomialMotion, phases: np.ndarray) -> tuple[float, float]:
    slope = _polynomial(_slope(poly.dof_pos))(phases) / poly.period_s
    stored = _polynomial(poly.dof_vel)(phases)
    disagreement = float(np.sqrt(((slope - stored) ** 2).mean(axis=0)).max())
    moving = np.flatnonzero((slope.std(axis=0) > 0.05) & (stored.std(axis=0) > 1e-6))
    if not moving.size:
        return 1.0, disagreement
    worst = min(float(np.corrcoef(slope[:, dof], stored[:, dof])[0, 1]) for dof in moving)
    return worst, disagreement


def _odometry_yaw(feet: _Feet, period_s: float) -> float:
    """rad/s: how fast the trunk turns over its stance feet."""
    forward = feet.corners.mean(axis=2)[:, :, None] - feet.corners
    # the longest half-diagonal names the direction of a sole best
    edge = forward[:, :, 0, :2]
    angle = np.unwrap(np.arctan2(edge[..., 1], edge[..., 0]), axis=0)
    rate = np.gradient(angle, period_s / _GRID, axis=0)
    return float(-rate[feet.stance].mean())

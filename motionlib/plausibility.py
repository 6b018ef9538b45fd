"""Whether a robot's motion can be true: what is impossible is refused, what is doubtful is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from motionlib.contacts import sole_heights
from motionlib.errors import MotionError
from motionlib.grounding import Floor, shifted_to_floor
from motionlib.kinematics import Kinematics
from motionlib.measure import Measure
from motionlib.motion import Motion
from motionlib.quality import limit_excess
from motionlib.velocities import dof_velocity

GATE = "implausible"
DOUBTFUL = "doubtful: "
"""Begins the step of a provenance that tells a doubt."""

_HELD_S = 0.1
"""s that a speed has to last: one frame that jumps is another fault."""
_MOVING = 0.05
"""rad/s; slower joints say nothing about a rate."""
_ALIKE = 0.9
"""Correlation from which stated velocities are those of this motion at some rate."""
_NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility:
    """Two bounds on one measure."""

    measure: Measure
    doubtful: float
    """Beyond it the motion is kept and told."""
    impossible: float
    """Beyond it the motion is refused."""
    likely: str
    """Where such numbers come from, and what to do."""


PLAUSIBILITIES: tuple[Plausibility, ...] = (
    Plausibility(
        measure=Measure(
            name="limit_excess_median",
            unit="rad",
            meaning="By how much the joint furthest beyond its limits is beyond them in the median "
            "frame; of hinges only",
        ),
        doubtful=0.3,
        impossible=2.0,
        likely="joints in degrees, in another order or of another robot: say the unit in the "
        "column's name (left_knee_deg), convert to rad, or pass the robot that the file was made for",
    ),
    Plausibility(
        measure=Measure(
            name="root_speed_held",
            unit="m/s",
            meaning="Fastest speed that the root keeps up for a tenth of a second",
        ),
        doubtful=8.0,
        impossible=15.0,
        likely="a root in centimetres or millimetres, or a rate too high: say the unit in the "
        "column's name (root_x_cm), convert to m, or pass the true --fps",
    ),
    Plausibility(
        measure=Measure(
            name="root_height_ratio",
            unit="",
            meaning="Median height of the root over that of the standing robot",
            signed=True,
        ),
        doubtful=10.0,
        impossible=50.0,
        likely="a root in centimetres or millimetres: say the unit in the column's name "
        "(root_z_cm), or convert to m",
    ),
    Plausibility(
        measure=Measure(
            name="dof_speed_held",
            unit="rad/s",
            meaning="Fastest speed that a joint keeps up for a tenth of a second",
        ),
        doubtful=30.0,
        impossible=150.0,
        likely="joints in degrees, or a rate too high: say the unit in the column's name, or pass "
        "the true --fps",
    ),
    Plausibility(
        measure=Measure(
            name="root_tilt_median",
            unit="rad",
            meaning="Angle of the root's z axis from up in the median frame",
        ),
        doubtful=1.05,
        impossible=_NEVER,
        likely="a robot that lies, a world whose y axis is up, or another quaternion order: look "
        "at the clip; --quat-order says the order of a .csv",
    ),
    Plausibility(
        measure=Measure(
            name="sole_above_ground",
            unit="m",
            meaning="Height of the lowest sole corner of all frames, where no floor is looked for",
        ),
        doubtful=1.0,
        impossible=_NEVER,
        likely="another floor than z = 0: import with --floor shift",
    ),
    Plausibility(
        measure=Measure(
            name="sole_below_ground",
            unit="m",
            meaning="Depth of the lowest sole corner of all frames, where no floor is looked for",
        ),
        doubtful=0.3,
        impossible=_NEVER,
        likely="another floor than z = 0: import with --floor shift",
    ),
    Plausibility(
        measure=Measure(
            name="rate_ratio",
            unit="",
            meaning="Stated joint velocities over those that follow from poses and rate, or the "
            "other way round; 1 where none are stated, all are zero or they belong to other poses",
        ),
        doubtful=1.1,
        impossible=1.25,
        likely="a wrong fps, or velocities of another rate: correct the fps in the file",
    ),
)
"""In the order in which they are told."""


def plausible(
    motion: Motion, where: str, *, dof_vel: Tensor | None = None, ground: bool = True
) -> Motion:
    """The motion, its doubts among the steps of its provenance.

    Args:
        motion: As it was read, before it is moved onto a floor.
        where: File, for the message.
        dof_vel: (T, D) rad/s that the file states, robot order.
        ground: Whether its height above the ground is final.

    Raises:
        MotionError: It is impossible; names every measure beyond its bound and the likely cause.
    """
    values = measured(motion, dof_vel=dof_vel, ground=ground)
    refused = [_said(each, values, each.impossible) for each in _beyond(values, impossible=True)]
    if refused:
        raise MotionError(
            f"{where}: cannot be a motion of {motion.robot.name}: {'; '.join(refused)}", gate=GATE
        )
    doubts = [DOUBTFUL + _said(each, values, each.doubtful) for each in _beyond(values)]
    origin = motion.provenance
    return replace(motion, provenance=replace(origin, steps=(*origin.steps, *doubts)))


def plausible_on_floor(
    motion: Motion, where: str, *, floor: Floor, dof_vel: Tensor | None = None
) -> Motion:
    """The motion as `plausible` tells it, then on its floor if that is asked for.

    Args:
        motion: As it was read.
        where: File, for the message.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        dof_vel: (T, D) rad/s that the file states, robot order.

    Raises:
        MotionError: It is impossible.
    """
    found = plausible(motion, where, dof_vel=dof_vel, ground=floor == "keep")
    return shifted_to_floor(found) if floor == "shift" else found


def doubts_of(motion: Motion) -> tuple[str, ...]:
    """What was told about a motion when it was read."""
    return tuple(step for step in motion.provenance.steps if step.startswith(DOUBTFUL))


def measured(
    motion: Motion, *, dof_vel: Tensor | None = None, ground: bool = True
) -> dict[str, float]:
    """Every measure of `PLAUSIBILITIES` that can be taken of the motion, by name."""
    robot, x, y = motion.robot, motion.root_quat_wxyz[:, 1], motion.root_quat_wxyz[:, 2]
    up = (1.0 - 2.0 * (x * x + y * y)).clamp(-1.0, 1.0)
    values = {
        "root_height_ratio": float(motion.root_pos[:, 2].median()) / robot.default_root_height,
        "root_tilt_median": float(up.acos().median()),
    }
    if robot.dof_coordinates == "hinges":
        excess = limit_excess(robot, motion.dof_pos).amax(-1)
        values["limit_excess_median"] = float(excess.median())
    if motion.num_frames > 1:
        steps = motion.root_pos.diff(dim=0).norm(dim=-1, keepdim=True)
        values["root_speed_held"] = _held(steps * motion.fps, motion.fps)
        speeds = dof_velocity(robot, motion.dof_pos.double(), motion.fps, "central")
        values["dof_speed_held"] = _held(speeds.abs(), motion.fps)
        if dof_vel is not None:
            values["rate_ratio"] = _rate_ratio(speeds, dof_vel.double())
    if ground and robot.soles:
        lowest = _lowest_sole(motion)
        values |= {"sole_above_ground": max(lowest, 0.0), "sole_below_ground": max(-lowest, 0.0)}
    return values


def _beyond(values: Mapping[str, float], *, impossible: bool = False) -> Iterator[Plausibility]:
    for each in PLAUSIBILITIES:
        value = values.get(each.measure.name, 0.0)
        if abs(value) > (each.impossible if impossible else each.doubtful):
            yield each


def _said(each: Plausibility, values: Mapping[str, float], bound: float) -> str:
    name, unit = each.measure.name, f" {each.measure.unit}" * bool(each.measure.unit)
    return f"{name} is {values[name]:.3g}{unit}, expected at most {bound:g} ({each.likely})"


def _held(speeds: Tensor, fps: float) -> float:
    """Fastest of (T, N) speeds that lasts."""
    window = min(max(1, round(_HELD_S * fps)), len(speeds))
    return float(speeds.unfold(0, window, 1).amin(-1).max())


def _rate_ratio(followed: Tensor, stated: Tensor) -> float:
    """How many times too fast or too slow stated (T, D) velocities are."""
    moving = followed.abs() > _MOVING
    a, b = followed[moving], stated[moving]
    if not len(a) or not float(b.abs().max()):
        return 1.0
    alike = float((a @ b) / (a.norm() * b.norm()))
    ratio = float((a @ b) / (a @ a))
    return max(ratio, 1.0 / ratio) if alike > _ALIKE else 1.0


def _lowest_sole(motion: Motion) -> float:
    poses = Kinematics(motion.robot, dtype=torch.float64).forward(
        motion.root_pos.double(), motion.root_quat_wxyz.double(), motion.dof_pos.double()
    )
    return float(sole_heights(motion.robot, poses.body_pos, poses.body_quat_wxyz).min())

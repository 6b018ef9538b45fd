"""Blended transitions between clips, each a labelled clip of its own."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from motionlib.contacts import sole_heights
from motionlib.errors import MotionError
from motionlib.exponential_map import continuous_dofs
from motionlib.kinematics import Kinematics, exponential_map, local_quats
from motionlib.motion import Motion, Provenance
from motionlib.rotations import (
    quat_apply,
    quat_conjugate,
    quat_mul,
    quat_normalize,
    rotvec_from_quat,
    slerp,
    yaw_quat,
)

TRANSITION_PREFIX = "transition:"
"""Names of transitions begin with it; readers that want the given motions only skip them."""


def is_transition(name: str) -> bool:
    """Whether a clip name is that of a blended transition."""
    return name.startswith(TRANSITION_PREFIX)


def chain_with_transitions(motions: Sequence[Motion], blend_s: float) -> list[Motion]:
    """Clips in order, each placed where the one before ended, transitions between them.

    A clip is only moved in the plane and turned about the vertical; its height, tilt and joints
    stay. The transition's root goes on at the mean of the two neighbours' planar velocities.

    Args:
        motions: One robot, one rate.
        blend_s: Time from the last frame of one clip to the first of the next.

    Returns:
        Clips and transitions alternating; transitions are named `transition:<number>:a>b`.

    Raises:
        MotionError: Rates differ, or `blend_s` is shorter than two frames.
    """
    chain = [motions[0]]
    for number, motion in enumerate(motions[1:], start=1):
        before = chain[-1]
        if motion.fps != before.fps:
            raise MotionError(
                f"{before.name} has {before.fps:g} fps, {motion.name} {motion.fps:g}; "
                "resample them to one rate before blending"
            )
        steps = round(blend_s * motion.fps)
        if steps < 2:
            raise MotionError(
                f"a blend of {blend_s:g} s is shorter than two frames at {motion.fps:g} fps; "
                f"ask for at least {2.0 / motion.fps:g} s"
            )
        moved = _placed_after(before, motion, steps)
        chain.extend((_transition(before, moved, steps, number), moved))
    return chain


def _placed_after(before: Motion, motion: Motion, steps: int) -> Motion:
    last = before.root_quat_wxyz[-1].double()
    first = motion.root_quat_wxyz[0].double()
    rate = 0.5 * (_yaw_step(before, end=True) + _yaw_step(motion, end=False)) * steps
    turn = quat_mul(_about_z(rate), quat_mul(yaw_quat(last), quat_conjugate(yaw_quat(first))))
    turn = yaw_quat(quat_normalize(turn))
    quats = quat_mul(turn.expand(motion.num_frames, 4), motion.root_quat_wxyz.double())
    positions = quat_apply(turn.expand(motion.num_frames, 4), motion.root_pos.double())
    ahead = quat_apply(turn, _root_step(motion, end=False))
    drift = 0.5 * (_root_step(before, end=True) + ahead) * steps
    offset = before.root_pos[-1].double() + drift - positions[0]
    offset[2] = 0.0
    step = "moved in the plane and turned about the vertical to follow a blended transition"
    return replace(
        motion,
        root_pos=(positions + offset).float(),
        root_quat_wxyz=quat_normalize(quats).float(),
        provenance=motion.provenance.then(step),
    )


def _transition(before: Motion, after: Motion, steps: int, number: int) -> Motion:
    t = torch.arange(1, steps, dtype=torch.float64) / steps
    dof_pos = _blended_dofs(before, after, t, steps)
    start, end = before.root_quat_wxyz[-1].double(), after.root_quat_wxyz[0].double()
    smooth = t * t * (3.0 - 2.0 * t)
    quats = slerp(start.expand(steps - 1, 4), end.expand(steps - 1, 4), smooth)
    blend = Motion(
        name=f"{TRANSITION_PREFIX}{number:03d}:{before.name}>{after.name}",
        robot=before.robot,
        fps=before.fps,
        root_pos=_hermite(before.root_pos, after.root_pos, t, steps).float(),
        root_quat_wxyz=quat_normalize(quats).float(),
        dof_pos=dof_pos.float(),
        provenance=Provenance(
            source=f"{before.name} to {after.name}",
            steps=(
                f"blended over {steps / before.fps:g} s: cubic through both ends' positions and "
                "slopes, root rotation slerp, joints kept within their limits, soles kept above "
                "the ground",
            ),
        ),
    )
    return _lifted(blend, _lowest_sole(before)[-1], _lowest_sole(after)[0], t)


def _blended_dofs(before: Motion, after: Motion, t: Tensor, steps: int) -> Tensor:
    """(S, D) rad: the cubic through both ends, within the limits."""
    robot, last = before.robot, min(before.num_frames, 2)
    ends = torch.cat((before.dof_pos[-last:], after.dof_pos[:2])).double()
    ends = continuous_dofs(robot, ends)
    dof_pos = _hermite(ends[:last], ends[last:], t, steps)
    if robot.dof_coordinates == "exponential_map":
        return exponential_map(local_quats(dof_pos))
    limits = torch.as_tensor(robot.dof_limits, dtype=torch.float64)
    return torch.clamp(dof_pos, limits[:, 0], limits[:, 1])


def _lifted(blend: Motion, first: Tensor, last: Tensor, t: Tensor) -> Motion:
    """Raise the frames whose lowest sole is below the line from that of one end to the other."""
    lift = ((1.0 - t) * first + t * last - _lowest_sole(blend)).clamp(min=0.0)
    root_pos = blend.root_pos.double()
    root_pos[:, 2] += lift
    return replace(blend, root_pos=root_pos.float())


def _lowest_sole(motion: Motion) -> Tensor:
    """(T,) m, height of the lowest sole corner."""
    kinematics = Kinematics(motion.robot, dtype=torch.float64)
    poses = kinematics.forward(
        motion.root_pos.double(), motion.root_quat_wxyz.double(), motion.dof_pos.double()
    )
    return sole_heights(motion.robot, poses.body_pos, poses.body_quat_wxyz).amin((1, 2))


def _hermite(before: Tensor, after: Tensor, t: Tensor, steps: int) -> Tensor:
    """Cubic from the last frame of `before` to the first of `after`, slopes of both ends kept."""
    p0, p1 = before[-1].double(), after[0].double()
    m0 = _step_between(before, end=True) * steps
    m1 = _step_between(after, end=False) * steps
    t = t.unsqueeze(-1)
    return (
        (2 * t**3 - 3 * t**2 + 1) * p0
        + (t**3 - 2 * t**2 + t) * m0
        + (3 * t**2 - 2 * t**3) * p1
        + (t**3 - t**2) * m1
    )


def _step_between(x: Tensor, *, end: bool) -> Tensor:
    """Change over the first or last frame interval; zero for a one-frame clip."""
    if x.shape[0] == 1:
        return torch.zeros_like(x[0], dtype=torch.float64)
    return (x[-1] - x[-2]).double() if end else (x[1] - x[0]).double()


def _root_step(motion: Motion, *, end: bool) -> Tensor:
    return _step_between(motion.root_pos, end=end)


def _yaw_step(motion: Motion, *, end: bool) -> Tensor:
    """Yaw over the first or last frame interval, rad; zero for a one-frame clip."""
    if motion.num_frames == 1:
        return torch.zeros((), dtype=torch.float64)
    a, b = (-2, -1) if end else (0, 1)
    headings = yaw_quat(motion.root_quat_wxyz[[a, b]].double())
    return rotvec_from_quat(quat_mul(headings[1], quat_conjugate(headings[0])))[2]


def _about_z(angle: Tensor) -> Tensor:
    zero = torch.zeros_like(angle)
    return torch.stack(((0.5 * angle).cos(), zero, zero, (0.5 * angle).sin()))

"""Whether a robot's motion can be true: what is impossible is refused, what is doubtful is told."""

import re
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from motionlib.errors import MotionError
from motionlib.grounding import Floor, shifted_to_floor
from motionlib.kinematics import Kinematics
from motionlib.library import MotionLib
from motionlib.motion import Motion
from motionlib.plausibility_measures import clip_values, rate_ratio
from motionlib.plausibility_table import Finding, findings_of
from motionlib.robot import Robot

GATE = "implausible"
DOUBTFUL = "doubtful: "
"""Begins the step of a provenance that tells a doubt."""
IMPOSSIBLE = "impossible: "
"""Begins the step of a provenance of what a reader only tells, and whoever asks the motion refuses."""


def plausible(
    motion: Motion,
    where: str,
    *,
    dof_vel: Tensor | None = None,
    ground: bool = True,
    accept: bool = False,
) -> Motion:
    """The motion, its doubts among the steps of its provenance.

    Args:
        motion: As it was read, before it is moved onto a floor.
        where: File, for the message.
        dof_vel: (T, D) rad/s that the file states, robot order.
        ground: Whether its height above the ground is final.
        accept: Whether what is impossible is told as a doubt instead.

    Raises:
        MotionError: It is impossible; names every measure beyond its bound and the likely cause.
    """
    found = asked(motion, dof_vel=dof_vel, ground=ground)
    if not accept:
        refuse(found, f"{where}: cannot be a motion of {motion.robot.name}")
    doubts = [DOUBTFUL + each.reason for each in found]
    origin = motion.provenance
    steps = [step for step in origin.steps if not _told((step,))]
    return replace(motion, provenance=replace(origin, steps=(*steps, *doubts)))


def asked(motion: Motion, *, dof_vel: Tensor | None = None, ground: bool = True) -> list[Finding]:
    """What speaks against a motion, told by its reader or measured; see `plausible`."""
    found = findings_of(measured(motion, dof_vel=dof_vel, ground=ground))
    known = {each.gate for each in found}
    return [*found, *(x for x in _told(motion.provenance.steps) if x.gate not in known)]


def refuse(found: list[Finding], what: str) -> None:
    """Nothing, unless something among the findings is impossible.

    Args:
        found: Of one motion.
        what: Begins the message.

    Raises:
        MotionError: Names every measure beyond its bound and the likely cause.
    """
    reasons = [each.reason for each in found if each.impossible]
    if reasons:
        raise MotionError(
            f"{what}: {'; '.join(reasons)}; `motion import --accept-implausible` takes it all the same",
            gate=GATE,
        )


def plausible_on_floor(
    motion: Motion,
    where: str,
    *,
    floor: Floor,
    dof_vel: Tensor | None = None,
    accept: bool = False,
) -> Motion:
    """The motion as `plausible` tells it, then on its floor if that is asked for.

    Args:
        motion: As it was read.
        where: File, for the message.
        floor: `shift` puts the floor that the clip stands on at 0, see `shifted_to_floor`.
        dof_vel: (T, D) rad/s that the file states, robot order.
        accept: Whether what is impossible is told as a doubt instead.

    Raises:
        MotionError: It is impossible.
    """
    found = plausible(motion, where, dof_vel=dof_vel, ground=floor == "keep", accept=accept)
    return shifted_to_floor(found) if floor == "shift" else found


def doubts_of(motion: Motion) -> tuple[str, ...]:
    """What was told about a motion when it was read."""
    return tuple(step for step in motion.provenance.steps if step.startswith(DOUBTFUL))


def measured(
    motion: Motion, *, dof_vel: Tensor | None = None, ground: bool = True
) -> dict[str, float]:
    """Every measure of `PLAUSIBILITIES` that can be taken of the motion, by name."""
    robot, root_quat = motion.robot, motion.root_quat_wxyz.double()
    poses = Kinematics(robot, dtype=torch.float64).forward(
        motion.root_pos.double(), root_quat, motion.dof_pos.double()
    )
    return clip_values(
        robot,
        motion.fps,
        root_quat_wxyz=root_quat.numpy(),
        dof_pos=motion.dof_pos.double().numpy(),
        body_pos=poses.body_pos.numpy(),
        foot_quats=poses.body_quat_wxyz[:, _feet(robot)].numpy() if ground else None,
        dof_vel=None if dof_vel is None else dof_vel.numpy(),
    )


def library_findings(library: MotionLib, *, ground: bool = True) -> dict[str, list[Finding]]:
    """What speaks against the motions of a library, by name; without those that nothing does.

    Poses and velocities are taken as they are stored; of a mapped file, one motion after the other.

    Args:
        library: On any device.
        ground: Whether heights above the ground are final.
    """
    feet, found = _feet(library.robot), {}
    for index, name in enumerate(library.names):
        start, count = int(library.starts[index]), int(library.num_frames[index])
        states = library.frames(slice(start, start + count))
        values = clip_values(
            library.robot,
            float(library.fps[index]),
            root_quat_wxyz=states.body_quat_wxyz[:, 0].cpu().numpy(),
            dof_pos=states.dof_pos.cpu().numpy(),
            body_pos=states.body_pos.cpu().numpy(),
            foot_quats=states.body_quat_wxyz[:, feet].cpu().numpy() if ground else None,
            dof_vel=states.dof_vel.cpu().numpy(),
        )
        told = [*findings_of(values), *_told(library.provenances[index].steps)]
        if told:
            found[name] = told
    return found


def rate_step(joint_pos: Tensor, joint_vel: Tensor, fps: float) -> tuple[str, ...]:
    """The step of a provenance that tells of stated velocities that contradict the rate; or none.

    Args:
        joint_pos: (T, D) rad, hinges.
        joint_vel: (T, D) rad/s as the file states them.
        fps: As the file states it.
    """
    if len(joint_pos) < 2:
        return ()
    ratio = rate_ratio(joint_pos.double().diff(dim=0).numpy() * fps, joint_vel.double().numpy())
    return tuple(
        (IMPOSSIBLE if each.impossible else DOUBTFUL) + each.reason
        for each in findings_of({_RATE: ratio})
    )


_RATE = "rate_ratio"
"""The measure that a library of poses cannot be asked again: readers make velocities anew."""
_RATE_STEP = re.compile(
    f"(?P<level>{IMPOSSIBLE}|{DOUBTFUL})"
    rf"(?P<reason>{_RATE} is (?P<value>[\d.e+]+), expected at most (?P<bound>[\d.]+) .*)"
)


def _told(steps: Sequence[str]) -> list[Finding]:
    """What `rate_step` told, with the numbers that its words begin with."""
    found = []
    for step in steps:
        if told := _RATE_STEP.match(step):
            value, bound = float(told["value"]), float(told["bound"])
            found.append(
                Finding(
                    gate=_RATE, impossible=told["level"] == IMPOSSIBLE, value=value, bound=bound,
                    reason=told["reason"],
                )
            )  # fmt: skip
    return found


def _feet(robot: Robot) -> list[int]:
    return [robot.body_names.index(sole.body) for sole in robot.soles]

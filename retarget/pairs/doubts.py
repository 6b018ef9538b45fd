"""What speaks against the roles of a robot's bodies: lengths, sides, and its tree read another way."""

from collections.abc import Iterator

import numpy as np

from motionlib.robot import Robot
from motionlib.soles import sole_ends
from retarget.limbs import limbs_of
from retarget.pairs.roles import Roles
from retarget.tree import dofs_of, standing

_TURNED = np.deg2rad(30.0)
"""Two readings of one limb that differ by more do not mean the same bodies."""
_LENGTHS = 1.6
"""Nor do those whose lengths have this ratio."""
_SIDES = 1.1
"""Ratio of the left limb's length to the right one's."""
_ARM_TO_LEG = (0.3, 1.6)
"""Arm over leg, of a human about .6; an arm that is much shorter may end too early, a longer one in a finger."""
_LOW = 0.1
"""Share of the standing height: hands below it stand on the ground."""


def doubts_of(robot: Robot, roles: Roles) -> tuple[str, ...]:
    """Reasons to look at the roles of a robot's bodies; none if all evidence agrees."""
    angles = robot.default_dof_pos[None]
    pos, rot = standing(robot, angles)
    own = _lines(robot, roles, pos[0], rot[0])
    return (
        *_other_readings(robot, own, pos, rot),
        *_unlike_sides(own),
        *_odd_arms(robot, roles, own, pos[0], rot[0]),
    )


def _lines(
    robot: Robot, roles: Roles, pos: np.ndarray, rot: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Limb and side to (3,) m from its start to its end, by the roles."""
    at = dict(zip(robot.body_names, pos, strict=True))
    lines = {}
    for leg in roles.legs:
        # where along its own axis a hinge has its origin says nothing about the leg
        body = robot.body_names.index(leg.knee)
        axis = rot[body] @ robot.dof_axes[dofs_of(robot, [body])[0]]
        ends = {"thigh": (leg.hip, leg.knee), "shank": (leg.knee, leg.ankle)}
        for name, (start, end) in ends.items():
            line = at[end] - at[start]
            lines[name, leg.side] = line - (line @ axis) * axis
    for arm in roles.arms:
        hand = at[arm.hand] + rot[robot.body_names.index(arm.hand)] @ arm.tip
        lines["upper_arm", arm.side] = at[arm.elbow] - at[arm.shoulder]
        lines["forearm", arm.side] = hand - at[arm.elbow]
    return lines


def _other_readings(
    robot: Robot, own: dict[tuple[str, str], np.ndarray], pos: np.ndarray, rot: np.ndarray
) -> Iterator[str]:
    """Limbs whose direction or length the longest straight pieces of the robot contradict."""
    for (name, side), limb in limbs_of(robot).items():
        line = own.get((name, side or ""))
        if line is None:
            continue
        start, end = (
            np.mean([pos[0, b] + rot[0, b] @ local for b, local in points], axis=0)
            for points in (limb.start, limb.end)
        )
        ours, other = (float(np.linalg.norm(each)) for each in (line, end - start))
        turned = np.arccos(np.clip(line @ (end - start) / (ours * other), -1.0, 1.0))
        if turned > _TURNED or not 1.0 / _LENGTHS < ours / other < _LENGTHS:
            ends = (robot.body_names[limb.start[0].body], robot.body_names[limb.end[0].body])
            yield (
                f"{side}_{name} is {ours:.2f} m long here, and the robot's own longest piece there, "
                f"from {ends[0]} to {ends[1]}, {other:.2f} m, {np.rad2deg(turned):.0f} degrees off"
            )


def _unlike_sides(own: dict[tuple[str, str], np.ndarray]) -> Iterator[str]:
    for name in dict.fromkeys(limb for limb, _ in own):
        left, right = (float(np.linalg.norm(own[name, side])) for side in ("left", "right"))
        if max(left, right) > _SIDES * min(left, right):
            yield f"the left {name} is {left:.2f} m long and the right one {right:.2f} m"


def _odd_arms(
    robot: Robot,
    roles: Roles,
    own: dict[tuple[str, str], np.ndarray],
    pos: np.ndarray,
    rot: np.ndarray,
) -> Iterator[str]:
    if not roles.arms:
        return
    arm, leg = (
        sum(float(np.linalg.norm(own[limb, "left"])) for limb in limbs)
        for limbs in (("upper_arm", "forearm"), ("thigh", "shank"))
    )
    if not _ARM_TO_LEG[0] < arm / leg < _ARM_TO_LEG[1]:
        yield f"arms are {arm:.2f} m long and legs {leg:.2f} m: unlike a human's"
    feet = [robot.body_names.index(foot) for foot in robot.foot_bodies]
    soles = pos[feet, None] + np.einsum("fij,fej->fei", rot[feet], sole_ends(robot))
    hand = roles.arms[0].hand
    height = float(pos[robot.body_names.index(hand), 2] - soles[..., 2].min())
    if height < _LOW * robot.standing_height:
        yield f"{hand} is {height:.2f} m above the soles: a leg, and not an arm?"

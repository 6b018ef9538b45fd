"""A pose to stand in: knees bent by some angle, soles level, the mass over the soles."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import numpy as np

from motionlib.robots.proposal.roles import Limb, ModelRoles
from motionlib.robots.proposal.shapes import Posture

_PITCH = 0.9
"""Least share of an axis along y of a joint that bends a leg."""
_HINGE = mujoco.mjtJoint.mjJNT_HINGE


def propose_pose(
    model: mujoco.MjModel, roles: ModelRoles, bend: float, *, ahead: float = 0.0
) -> np.ndarray:
    """(D,) rad within the joints' ranges.

    Args:
        model: With a free root and hinges.
        roles: Which bodies are legs.
        bend: rad, of the knees; where their range excludes it they bend to the other side.
        ahead: m by which the mass stands ahead of the soles' middle, against sagging servos.
    """
    pose = np.clip(0.0, *model.jnt_range[1:].T)
    posture = Posture(model)
    legs = [_pitches(posture, leg) for leg in roles.legs]
    for leg in legs:
        if len(leg) < 3:
            continue
        (hip, up), (knee, middle), (ankle, down) = leg[0], leg[1], leg[-1]
        low, high = np.sort(middle * model.jnt_range[knee + 1])
        angle = bend if low <= bend <= high else float(np.clip(-bend, low, high))
        pose[knee] = middle * angle
        pose[hip], pose[ankle] = -up * angle / 2.0, -down * angle / 2.0
    pose = np.clip(pose, *model.jnt_range[1:].T)
    return _balanced(model, roles, legs, pose, ahead)


def mass_ahead(posture: Posture, roles: ModelRoles) -> float:
    """M along x from the soles' middle to the centre of mass."""
    soles = np.concatenate([posture.surface(leg.tip) for leg in roles.legs])
    middle = 0.5 * (soles[:, 0].min() + soles[:, 0].max())
    return float(posture.data.subtree_com[1, 0]) - middle


def _pitches(posture: Posture, leg: Limb) -> list[tuple[int, float]]:
    """Dof and sign of a leg's joints that turn about y, from hip to ankle."""
    model, found = posture.model, []
    for body in leg.bodies:
        first, count = model.body_jntadr[body], model.body_jntnum[body]
        for joint in range(first, first + count):
            axis = posture.data.xmat[body].reshape(3, 3) @ model.jnt_axis[joint]
            if abs(axis[1]) >= _PITCH and model.jnt_type[joint] == _HINGE:
                found.append((joint - 1, float(np.sign(axis[1]))))
    return found


def _balanced(
    model: mujoco.MjModel,
    roles: ModelRoles,
    legs: list[list[tuple[int, float]]],
    pose: np.ndarray,
    ahead: float,
) -> np.ndarray:
    """The pose with all legs swung ahead or back until the mass stands where it is to."""
    if any(len(leg) < 2 for leg in legs):
        return pose
    best, least, middle = pose, np.inf, 0.0
    for swings in (np.linspace(-0.4, 0.4, 41), np.linspace(-0.02, 0.02, 21)):
        center = middle
        for swing in center + swings:
            tried = pose.copy()
            for leg in legs:
                (hip, up), (ankle, down) = leg[0], leg[-1]
                tried[hip] += up * swing
                tried[ankle] -= down * swing
            if np.any(tried != np.clip(tried, *model.jnt_range[1:].T)):
                continue
            off = abs(mass_ahead(Posture(model, tried), roles) - ahead)
            if off < least:
                best, least, middle = tried, off, float(swing)
    return best

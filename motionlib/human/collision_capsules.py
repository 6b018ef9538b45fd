"""A robot's own collision shapes as capsules, and the pairs of them that may meet.

Shapes are those of its MJCF that may collide. Spheres and capsules are exact; a cylinder, box or
ellipsoid becomes the capsule along its longest axis whose radius is its smallest half size, which
lies within it, so that no depth is claimed that is not there; of a mesh the bounding box is taken.
"""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from itertools import combinations
from typing import NamedTuple

import mujoco
import numpy as np

from motionlib.kernels.capsules import deepest_pairs
from motionlib.kernels.poses import forward_kinematics
from motionlib.kinematic_tree import joints_between
from motionlib.robot import Robot
from motionlib.robots.mjcf import compile_spec, spec_of

_NEAR_JOINTS = 2
_KEPT = 8
_made: dict[int, "tuple[Robot, Capsules]"] = {}


class Capsules(NamedTuple):
    """Collision shapes of one robot and the pairs of them that are looked at."""

    bodies: np.ndarray
    """(C,) int64."""
    ends: np.ndarray
    """(C, 2, 3) float64 m, body frame: ends of the axis."""
    radii: np.ndarray
    """(C,) float64 m."""
    pairs: np.ndarray
    """(P, 2) int64 indices of capsules."""


def robot_capsules(robot: Robot) -> Capsules:
    """Shapes of a robot; the same ones for the same object.

    A pair is left out if its bodies are at most two joints apart (neighbours overlap by
    construction), if the MJCF's collision bits keep it from colliding, or if it touches in the
    rest pose, all dofs at zero.

    Raises:
        RobotChangedError: The robot's files changed since it was read.
    """
    known = _made.get(id(robot))
    if known is not None and known[0] is robot:
        return known[1]
    model = compile_spec(robot.xml_path, spec_of(robot))
    geoms = [g for g in range(model.ngeom) if _collides(model, g)]
    shapes = [_capsule(model, g) for g in geoms]
    names = [model.body(model.geom_bodyid[g]).name for g in geoms]
    bodies = np.array([robot.body_names.index(name) for name in names], dtype=np.int64)
    capsules = Capsules(
        bodies=bodies,
        ends=np.array([ends for ends, _ in shapes], dtype=np.float64).reshape(-1, 2, 3),
        radii=np.array([radius for _, radius in shapes], dtype=np.float64),
        pairs=np.array(
            [
                (i, j)
                for i, j in combinations(range(len(geoms)), 2)
                if _may_meet(model, geoms[i], geoms[j])
                and joints_between(robot.parents, int(bodies[i]), int(bodies[j])) > _NEAR_JOINTS
            ],
            dtype=np.int64,
        ).reshape(-1, 2),
    )
    capsules = capsules._replace(pairs=capsules.pairs[~_touching_at_rest(robot, capsules)])
    while len(_made) >= _KEPT:
        del _made[next(iter(_made))]
    _made[id(robot)] = (robot, capsules)
    return capsules


def _collides(model: mujoco.MjModel, geom: int) -> bool:
    bits = model.geom_contype[geom] or model.geom_conaffinity[geom]
    return bool(bits) and model.geom_bodyid[geom] > 0


def _may_meet(model: mujoco.MjModel, a: int, b: int) -> bool:
    return bool(
        (model.geom_contype[a] & model.geom_conaffinity[b])
        or (model.geom_contype[b] & model.geom_conaffinity[a])
    )


def _capsule(model: mujoco.MjModel, geom: int) -> tuple[np.ndarray, float]:
    """(2, 3) m ends of the axis in the body frame, and the radius in m."""
    rotation = np.empty(9)
    mujoco.mju_quat2Mat(rotation, model.geom_quat[geom])
    R, center, size = rotation.reshape(3, 3), model.geom_pos[geom], model.geom_size[geom]
    axis, half, radius = R[:, 2], 0.0, float(size[0])
    kind = mujoco.mjtGeom(model.geom_type[geom])
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        half = float(size[1])
    elif kind != mujoco.mjtGeom.mjGEOM_SPHERE:
        center = center + R @ model.geom_aabb[geom, :3]
        sizes = model.geom_aabb[geom, 3:]
        axis, radius = R[:, sizes.argmax()], float(sizes.min())
        half = float(sizes.max()) - radius
    return np.stack((center - half * axis, center + half * axis)), radius


def _touching_at_rest(robot: Robot, capsules: Capsules) -> np.ndarray:
    """(P,) bool."""
    local = np.array(robot.body_offset_quat_wxyz, dtype=np.float64)[None]
    body_pos, body_quat = np.zeros((1, robot.num_bodies, 3)), np.empty_like(local)
    offset_pos = np.ascontiguousarray(robot.body_offset_pos, dtype=np.float64)
    parents = np.ascontiguousarray(robot.parents, dtype=np.int64)
    forward_kinematics(local, parents, offset_pos, body_pos, body_quat)
    depths = np.empty((len(capsules.pairs), 1))
    for depth, pair in zip(depths, capsules.pairs, strict=True):
        deepest_pairs(body_pos, body_quat, *capsules[:3], pair[None], depth)
    return depths[:, 0] > 0.0

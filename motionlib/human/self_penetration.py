"""How deep a robot's own collision shapes reach into each other.

Shapes are those of its MJCF that may collide, every one as a capsule: spheres and capsules are
exact, a cylinder, box or ellipsoid is the capsule along its longest axis that lies within it (the
radius is its smallest half size), so that no depth is claimed that is not there; a mesh is its
bounding box. Pairs of bodies at most two joints apart are left out, since neighbours overlap by
construction, and so are pairs of shapes that touch in the rest pose.
"""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from typing import NamedTuple

import numpy as np

from motionlib.human.capsules import deepest_pairs
from motionlib.robot import Robot

DEEP = 0.03
"""m: frames deeper than this are counted (ProtoMotions' filter)."""
_NEAR_JOINTS = 2
_KEPT = 8
_made: dict[int, "tuple[Robot, Capsules]"] = {}


class Capsules(NamedTuple):
    """Collision shapes of one robot and the pairs of them that may meet."""

    bodies: np.ndarray
    """(C,) int64."""
    ends: np.ndarray
    """(C, 2, 3) m, body frame: ends of the axis."""
    radii: np.ndarray
    """(C,) m."""
    pairs: np.ndarray
    """(P, 2) int64 indices of capsules."""


def measure_self_penetration(
    robot: Robot, body_pos: np.ndarray, body_quat: np.ndarray
) -> tuple[float, int, int]:
    """Deepest meeting of two shapes of one clip.

    Args:
        robot: Whose poses they are.
        body_pos: (T, B, 3) float64 m.
        body_quat: (T, B, 4) float64 unit.

    Returns:
        Depth in m (0 without a meeting), its frame, and the number of frames deeper than `DEEP`.
    """
    shapes = robot_capsules(robot)
    depths = np.empty(len(body_pos))
    deepest_pairs(
        body_pos, body_quat, shapes.bodies, shapes.ends, shapes.radii, shapes.pairs, depths
    )
    return float(depths.max()), int(depths.argmax()), int((depths > DEEP).sum())


def robot_capsules(robot: Robot) -> Capsules:
    """Shapes and pairs of a robot; the same ones for the same object.

    Raises:
        RobotError: The MJCF changed into something unreadable.
    """
    known = _made.get(id(robot))
    if known is not None and known[0] is robot:
        return known[1]
    bodies, ends, radii = _shapes(robot)
    every = np.array(
        [
            (i, j)
            for i in range(len(bodies))
            for j in range(i + 1, len(bodies))
            if _joints_between(robot.parents, int(bodies[i]), int(bodies[j])) > _NEAR_JOINTS
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    capsules = Capsules(bodies=bodies, ends=ends, radii=radii, pairs=every)
    capsules = capsules._replace(pairs=every[~_touching_at_rest(robot, capsules)])
    while len(_made) >= _KEPT:
        del _made[next(iter(_made))]
    _made[id(robot)] = (robot, capsules)
    return capsules


def _shapes(robot: Robot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from motionlib.robot_mjcf import compile_spec, read_mjcf  # noqa: PLC0415

    model = compile_spec(robot.xml_path, read_mjcf(robot.xml_path))
    bodies, ends, radii = [], [], []
    for geom in range(model.ngeom):
        may_collide = model.geom_contype[geom] or model.geom_conaffinity[geom]
        if not may_collide or not model.geom_bodyid[geom]:
            continue
        center, axis, half, radius = _capsule(model, geom)
        name = model.body(model.geom_bodyid[geom]).name
        bodies.append(robot.body_names.index(name))
        ends.append((center - half * axis, center + half * axis))
        radii.append(radius)
    return (
        np.array(bodies, dtype=np.int64),
        np.array(ends, dtype=np.float64).reshape(-1, 2, 3),
        np.array(radii, dtype=np.float64),
    )


def _capsule(model, geom: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Centre and unit axis in the body frame, half length of the axis and radius in m."""
    import mujoco  # noqa: PLC0415

    R = np.empty(9)
    mujoco.mju_quat2Mat(R, model.geom_quat[geom])
    R, center, size = R.reshape(3, 3), model.geom_pos[geom].copy(), model.geom_size[geom]
    kind = mujoco.mjtGeom(model.geom_type[geom])
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return center, R[:, 2], 0.0, float(size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return center, R[:, 2], float(size[1]), float(size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        half = np.array([size[0], size[0], size[1]])
    else:
        center = center + R @ model.geom_aabb[geom, :3]
        half = model.geom_aabb[geom, 3:]
    longest, radius = int(half.argmax()), float(half.min())
    return center, R[:, longest], float(half[longest]) - radius, radius


def _joints_between(parents: np.ndarray, a: int, b: int) -> int:
    steps = {a: 0}
    while parents[a] >= 0:
        steps[int(parents[a])] = steps[a] + 1
        a = int(parents[a])
    count = 0
    while b not in steps:
        b, count = int(parents[b]), count + 1
    return steps[b] + count


def _touching_at_rest(robot: Robot, capsules: Capsules) -> np.ndarray:
    """(P,) bool, with all dofs at zero."""
    from motionlib.human.kernels import forward_kinematics  # noqa: PLC0415

    bodies = robot.num_bodies
    local = np.ascontiguousarray(robot.body_offset_quat_wxyz, dtype=np.float64)[None].copy()
    body_pos, body_quat = np.zeros((1, bodies, 3)), np.empty((1, bodies, 4))
    offsets = np.ascontiguousarray(robot.body_offset_pos, dtype=np.float64)
    parents = np.ascontiguousarray(robot.parents, dtype=np.int64)
    forward_kinematics(local, parents, offsets, body_pos, body_quat)
    touching = np.zeros(len(capsules.pairs), dtype=bool)
    depth = np.empty(1)
    for index in range(len(capsules.pairs)):
        deepest_pairs(body_pos, body_quat, *capsules[:3], capsules.pairs[index : index + 1], depth)
        touching[index] = depth[0] > 0.0
    return touching

"""A robot as the solver's kernels want it: its tree, and the shapes that may collide."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot
from motionlib.robots.model import robot_model
from retarget.kernels.kinematics import ROOT, poses


class Tree(NamedTuple):
    """Kinematic tree; bodies in robot order, a body's dofs stand one after the other."""

    parents: np.ndarray
    """(B,) int64, -1 for the root."""
    offset_pos: np.ndarray
    """(B, 3) m, parent frame."""
    offset_rot: np.ndarray
    """(B, 3, 3), parent frame."""
    first_dof: np.ndarray
    """(B,) int64."""
    num_dofs: np.ndarray
    """(B,) int64, 0 to 3."""
    ball: np.ndarray
    """(B,) bool: three dofs that are one rotation vector."""
    axes: np.ndarray
    """(D, 3) hinge axes, body frame."""
    dof_body: np.ndarray
    """(D,) int64 body that each dof moves."""
    lineage: np.ndarray
    """(6 + D, P) int64 unknowns from the root to each unknown and itself, rising; -1 behind."""
    depth: np.ndarray
    """(6 + D,) int64: how many of `lineage` there are."""
    body_unknown: np.ndarray
    """(B,) int64 last unknown that moves each body; -1 where it is the root."""


class Capsules(NamedTuple):
    """Shapes of a robot as capsules; spheres have equal ends."""

    body: np.ndarray
    """(C,) int64."""
    start: np.ndarray
    """(C, 3) m, body frame."""
    end: np.ndarray
    """(C, 3) m, body frame."""
    radius: np.ndarray
    """(C,) m."""


def tree_of(robot: Robot) -> Tree:
    """The robot's tree."""
    first = np.zeros(robot.num_bodies, dtype=np.int64)
    count = np.zeros(robot.num_bodies, dtype=np.int64)
    for dof, body in enumerate(robot.dof_bodies.tolist()):
        if count[body] == 0:
            first[body] = dof
        count[body] += 1
    ball = (count == 3) & (robot.dof_coordinates == "exponential_map")
    quats = robot.body_offset_quat_wxyz
    lineage, depth, last = _lineages(robot)
    return Tree(
        parents=robot.parents.astype(np.int64),
        offset_pos=np.ascontiguousarray(robot.body_offset_pos, dtype=np.float64),
        offset_rot=Rotation.from_quat(quats, scalar_first=True).as_matrix(),
        first_dof=first,
        num_dofs=count,
        ball=ball,
        axes=np.ascontiguousarray(robot.dof_axes, dtype=np.float64),
        dof_body=robot.dof_bodies.astype(np.int64),
        lineage=lineage,
        depth=depth,
        body_unknown=last,
    )


def _lineages(robot: Robot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`Tree.lineage`, `Tree.depth` and `Tree.body_unknown`."""
    rows = [list(range(unknown + 1)) for unknown in range(ROOT)]
    last = np.full(robot.num_bodies, -1, dtype=np.int64)
    for body in range(1, robot.num_bodies):
        last[body] = last[robot.parents[body]]
        for dof in np.flatnonzero(robot.dof_bodies == body).tolist():
            above = rows[last[body]] if last[body] >= 0 else rows[ROOT - 1]
            rows.append([*above, ROOT + dof])
            last[body] = ROOT + dof
    depth = np.array([len(row) for row in rows], dtype=np.int64)
    lineage = np.full((len(rows), depth.max()), -1, dtype=np.int64)
    for unknown, row in enumerate(rows):
        lineage[unknown, : len(row)] = row
    return lineage, depth, last


def poses_of(
    tree: Tree, root_pos: np.ndarray, root_quat_wxyz: np.ndarray, dof_pos: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(T, B, 3) m and (T, B, 3, 3) of a clip's bodies, float64."""
    shape = (len(root_pos), len(tree.parents))
    pos, rot = np.empty((*shape, 3)), np.empty((*shape, 3, 3))
    root_pos, dof_pos = (
        np.ascontiguousarray(each, dtype=np.float64) for each in (root_pos, dof_pos)
    )
    turns = Rotation.from_quat(root_quat_wxyz.astype(np.float64), scalar_first=True)
    poses(tree, root_pos, turns.as_matrix(), dof_pos, pos, rot)
    return pos, rot


def lowest_points(robot: Robot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of collision geoms that can be the lowest, but for those of the feet.

    Corners of boxes, ends of capsules and of the capsules inside cylinders and ellipsoids.

    Returns:
        (P,) int64 bodies, (P, 3) m in body frames, (P,) m radius about each.
    """
    model = robot_model(robot)
    feet = {robot.body_names.index(name) for name in robot.foot_bodies}
    bodies, places, radii = [], [], []
    for geom, owner, (axis, half, thick) in _collision_geoms(model):
        if owner in feet:
            continue
        if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_BOX:
            corners = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
            ends, radius = corners * model.geom_size[geom], 0.0
        else:
            ends = np.array((-half, half))[:, None] * axis if half else np.zeros((1, 3))
            radius = thick
        turn = Rotation.from_quat(model.geom_quat[geom], scalar_first=True)
        places.append(model.geom_pos[geom] + turn.apply(ends))
        bodies += [owner] * len(ends)
        radii += [radius] * len(ends)
    found = np.concatenate(places) if places else np.empty((0, 3))
    return np.array(bodies, dtype=np.int64), np.ascontiguousarray(found), np.array(radii)


def capsules_of(robot: Robot) -> Capsules:
    """Collision geoms as capsules; a box or cylinder lies along its longest axis.

    A box becomes the capsule that its longest axis and its second half-extent make: inside the
    box along its edges, outside it by a few millimetres at its faces' middle.
    """
    model = robot_model(robot)
    body, start, end, radius = [], [], [], []
    for geom, owner, (axis, half, thick) in _collision_geoms(model):
        turn = Rotation.from_quat(model.geom_quat[geom], scalar_first=True)
        reach = turn.apply(axis * half)
        body.append(owner)
        start.append(model.geom_pos[geom] - reach)
        end.append(model.geom_pos[geom] + reach)
        radius.append(thick)
    return Capsules(
        body=np.array(body, dtype=np.int64),
        start=np.array(start).reshape(-1, 3),
        end=np.array(end).reshape(-1, 3),
        radius=np.array(radius, dtype=np.float64),
    )


def _collision_geoms(
    model: mujoco.MjModel,
) -> Iterator[tuple[int, int, tuple[np.ndarray, float, float]]]:
    """Index, body and capsule, see `_capsule`, of every collision geom that has one."""
    for geom in range(model.ngeom):
        owner = int(model.geom_bodyid[geom]) - 1
        if owner < 0 or not (model.geom_contype[geom] or model.geom_conaffinity[geom]):
            continue
        shape = _capsule(int(model.geom_type[geom]), model.geom_size[geom])
        if shape is not None:
            yield geom, owner, shape


def _capsule(kind: int, size: np.ndarray) -> tuple[np.ndarray, float, float] | None:
    """Axis in the geom's frame, half length and radius, m."""
    z = np.array([0.0, 0.0, 1.0])
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return z, 0.0, float(size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return z, float(size[1]), float(size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return z, max(float(size[1] - size[0]), 0.0), float(size[0])
    if kind in (mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_ELLIPSOID):
        order = np.argsort(size)
        thick = float(size[order[1]])
        return np.eye(3)[order[2]], float(size[order[2]]) - thick, thick
    return None

"""A robot as the solver's kernels want it: its tree, and the shapes that may collide."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import functools
from typing import NamedTuple

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.robot import Robot
from motionlib.robot_model import robot_model


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
    return Tree(
        parents=robot.parents.astype(np.int64),
        offset_pos=np.ascontiguousarray(robot.body_offset_pos, dtype=np.float64),
        offset_rot=Rotation.from_quat(quats, scalar_first=True).as_matrix(),
        first_dof=first,
        num_dofs=count,
        ball=ball,
        axes=np.ascontiguousarray(robot.dof_axes, dtype=np.float64),
    )


def paths_of(robot: Robot) -> np.ndarray:
    """(B, P) dofs that move each body, rising, -1 behind the last."""
    rows: list[list[int]] = []
    for body in range(robot.num_bodies):
        parent = int(robot.parents[body])
        own = np.flatnonzero(robot.dof_bodies == body).tolist()
        rows.append([*(rows[parent] if parent >= 0 else []), *own])
    width = max(len(row) for row in rows) + 1
    return np.array([row + [-1] * (width - len(row)) for row in rows], dtype=np.int64)


@functools.lru_cache(maxsize=16)
def capsules_of(xml_path: str, robot: "RobotKey") -> Capsules:
    """Collision geoms as capsules; a box or cylinder lies along its longest axis.

    A box becomes the capsule that its longest axis and its second half-extent make: inside the
    box along its edges, outside it by a few millimetres at its faces' middle.
    """
    del xml_path
    model = robot_model(robot.robot)
    body, start, end, radius = [], [], [], []
    for geom in range(model.ngeom):
        owner = int(model.geom_bodyid[geom]) - 1
        if owner < 0 or not (model.geom_contype[geom] or model.geom_conaffinity[geom]):
            continue
        shape = _capsule(int(model.geom_type[geom]), model.geom_size[geom])
        if shape is None:
            continue
        axis, half, thick = shape
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


class RobotKey:
    """A robot that hashes by its content, for caches."""

    def __init__(self, robot: Robot) -> None:
        self.robot = robot

    def __hash__(self) -> int:
        return hash(self.robot.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RobotKey) and other.robot.sha256 == self.robot.sha256


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

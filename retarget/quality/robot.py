"""What the quality measures need of a robot and a pair, as arrays; made once for each."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

from itertools import combinations
from typing import NamedTuple

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.kinematic_tree import joints_between
from motionlib.robot import Robot
from motionlib.robots.mjcf import compile_spec, spec_of
from motionlib.soles import sole_ends
from retarget.kernels.overlap import BOX, CAPSULE, CYLINDER, ELLIPSOID, shape_extremes
from retarget.model import Tree, poses_of, tree_of
from retarget.pairs.pair import Pair

_NEAR_JOINTS = 2
_KEPT = 8
_made: dict[tuple[int, int], "tuple[Robot, Pair, MeasuredRobot]"] = {}


class Shapes(NamedTuple):
    """Collision geoms as they are in the MJCF; of a mesh, its bounding box."""

    kind: np.ndarray
    """(G,) int64, of `measure_kernels`."""
    body: np.ndarray
    """(G,) int64."""
    place: np.ndarray
    """(G, 3) m centre, body frame."""
    turn: np.ndarray
    """(G, 3, 3) axes, body frame."""
    size: np.ndarray
    """(G, 3) m, as MuJoCo has it: radius and half length along z, or half sizes."""
    reach: np.ndarray
    """(G,) m, radius of the sphere around it."""


class MeasuredRobot(NamedTuple):
    """A robot, and what a pair asks of it."""

    tree: Tree
    shapes: Shapes
    pairs: np.ndarray
    """(P, 2) int64 shapes that must not meet."""
    sole_bodies: np.ndarray
    """(F,) int64."""
    sole_corners: np.ndarray
    """(F, 4, 3) m, foot frames."""
    sole_ends: np.ndarray
    """(F, 2, 3) m, heel and toe, foot frames."""
    points: np.ndarray
    """(P,) int64 keypoints whose position counts."""
    point_bodies: np.ndarray
    """(P,) int64."""
    point_locals: np.ndarray
    """(P, 3) m, body frames."""
    turns: np.ndarray
    """(Q,) int64 keypoints whose orientation is measured: on root, anchor, feet and hands."""
    turn_bodies: np.ndarray
    """(Q,) int64."""
    speed_limits: np.ndarray
    """(D,) rad/s, infinity where unknown."""


def measured_robot(robot: Robot, pair: Pair) -> MeasuredRobot:
    """Arrays of a robot and pair; the same ones for the same objects.

    Raises:
        RobotChangedError: The robot's files changed since it was read.
    """
    known = _made.get((id(robot), id(pair)))
    if known is not None and known[0] is robot and known[1] is pair:
        return known[2]
    tree = tree_of(robot)
    shapes, pairs = _shapes(robot, tree)
    points = [k for k, point in enumerate(pair.keypoints) if point.position > 0.0]
    ends = {robot.body_names[0], robot.anchor_body, *robot.foot_bodies, *robot.hand_bodies}
    turned = {p.body: k for k, p in enumerate(pair.keypoints) if p.orientation > 0.0}
    turns = sorted(k for body, k in turned.items() if body in ends)
    bodies = np.array([robot.body_names.index(p.body) for p in pair.keypoints], dtype=np.int64)
    made = MeasuredRobot(
        tree=tree,
        shapes=shapes,
        pairs=pairs,
        sole_bodies=np.array([robot.body_names.index(s.body) for s in robot.soles], dtype=np.int64),
        sole_corners=np.array([s.corners for s in robot.soles], dtype=np.float64).reshape(-1, 4, 3),
        sole_ends=sole_ends(robot),
        points=np.array(points, dtype=np.int64),
        point_bodies=bodies[points],
        point_locals=np.array([pair.keypoints[k].offset for k in points]).reshape(-1, 3),
        turns=np.array(turns, dtype=np.int64),
        turn_bodies=bodies[turns],
        speed_limits=robot.actuator_profiles[robot.default_profile].velocity_limit,
    )
    while len(_made) >= _KEPT:
        del _made[next(iter(_made))]
    _made[id(robot), id(pair)] = (robot, pair, made)
    return made


def _shapes(robot: Robot, tree: Tree) -> tuple[Shapes, np.ndarray]:
    model = compile_spec(robot.xml_path, spec_of(robot))
    bodies = [robot.body_names.index(model.body(b).name) if b else -1 for b in range(model.nbody)]
    geoms = [g for g in range(model.ngeom) if _collides(model, g)]
    shapes = [_shape(model, g) for g in geoms]
    made = Shapes(
        kind=np.array([shape[0] for shape in shapes], dtype=np.int64),
        body=np.array([bodies[model.geom_bodyid[g]] for g in geoms], dtype=np.int64),
        place=np.array([shape[1] for shape in shapes]).reshape(-1, 3),
        turn=np.array([shape[2] for shape in shapes]).reshape(-1, 3, 3),
        size=np.array([shape[3] for shape in shapes]).reshape(-1, 3),
        reach=np.array([_reach(shape[0], shape[3]) for shape in shapes]),
    )
    pairs = [
        (i, j)
        for i, j in combinations(range(len(geoms)), 2)
        if _may_meet(model, geoms[i], geoms[j])
        and joints_between(tree.parents, int(made.body[i]), int(made.body[j])) > _NEAR_JOINTS
    ]
    apart = _apart_at_rest(robot, tree, made, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    return made, apart


def _collides(model: mujoco.MjModel, geom: int) -> bool:
    bits = model.geom_contype[geom] or model.geom_conaffinity[geom]
    return bool(bits) and model.geom_bodyid[geom] > 0


def _may_meet(model: mujoco.MjModel, a: int, b: int) -> bool:
    bits = (model.geom_contype[a] & model.geom_conaffinity[b]) or (
        model.geom_contype[b] & model.geom_conaffinity[a]
    )
    first, second = sorted((int(model.geom_bodyid[a]), int(model.geom_bodyid[b])))
    return bool(bits) and (first << 16) + second not in model.exclude_signature.tolist()


def _shape(model: mujoco.MjModel, g: int) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Kind, centre and axes in the body frame, and size."""
    turn = Rotation.from_quat(model.geom_quat[g], scalar_first=True).as_matrix()
    place, size = model.geom_pos[g].copy(), model.geom_size[g].copy()
    kinds = {
        mujoco.mjtGeom.mjGEOM_SPHERE: CAPSULE,
        mujoco.mjtGeom.mjGEOM_CAPSULE: CAPSULE,
        mujoco.mjtGeom.mjGEOM_BOX: BOX,
        mujoco.mjtGeom.mjGEOM_CYLINDER: CYLINDER,
        mujoco.mjtGeom.mjGEOM_ELLIPSOID: ELLIPSOID,
    }
    kind = kinds.get(mujoco.mjtGeom(model.geom_type[g]))
    if kind is None:
        place = place + turn @ model.geom_aabb[g, :3]
        return BOX, place, turn, model.geom_aabb[g, 3:].copy()
    if model.geom_type[g] == mujoco.mjtGeom.mjGEOM_SPHERE:
        size[1:] = 0.0
    return kind, place, turn, size


def _reach(kind: int, size: np.ndarray) -> float:
    if kind == CAPSULE:
        return float(size[0] + size[1])
    if kind == CYLINDER:
        return float(np.hypot(size[0], size[1]))
    return float(np.linalg.norm(size) if kind == BOX else size.max())


def _apart_at_rest(robot: Robot, tree: Tree, shapes: Shapes, pairs: np.ndarray) -> np.ndarray:
    """The pairs that do not meet with all dofs at zero."""
    upright = np.array([[1.0, 0.0, 0.0, 0.0]])
    pos, rot = poses_of(tree, np.zeros((1, 3)), upright, np.zeros((1, robot.num_dofs)))
    lowest, deepest, apart = np.empty(1), np.empty(1), []
    for pair in pairs:
        shape_extremes(pos, rot, shapes, pair[None], lowest, deepest)
        apart.append(deepest[0] <= 0.0)
    return pairs[np.array(apart, dtype=bool)]

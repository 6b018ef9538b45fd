"""What the solver asks of a robot: of every frame (`Terms`) and of each one (`Targets`)."""

import fnmatch
from typing import NamedTuple

import numpy as np

from motionlib.robot import Robot
from motionlib.soles import sole_corners
from retarget.kernels.collision import gap_of, place_capsules
from retarget.kernels.kinematics import poses
from retarget.model import Tree, capsules_of, lowest_points
from retarget.pairs.pair import Pair
from retarget.settings import SolverSettings

_APART = 3
"""Joints between two bodies whose shapes are kept apart; nearer ones overlap by design."""


class Terms(NamedTuple):
    """What is asked of every frame."""

    point_key: np.ndarray
    """(P,) int64: keypoint of each wanted position."""
    point_body: np.ndarray
    point_local: np.ndarray
    """(P, 3) m, body frame."""
    point_weight: np.ndarray
    turn_key: np.ndarray
    """(O,) int64: keypoint of each wanted orientation."""
    turn_body: np.ndarray
    turn_weight: np.ndarray
    huber: float
    """rad."""
    corner_body: np.ndarray
    """(C,) int64: the four corners of every sole, in the order of `soles.sole_corners`."""
    corner_local: np.ndarray
    low_body: np.ndarray
    """(L,) int64: points of all other bodies that can be the lowest, see `model.lowest_points`."""
    low_local: np.ndarray
    low_radius: np.ndarray
    """(L,) m."""
    ground_weight: float
    limits: np.ndarray
    """(D, 2) rad."""
    rest: np.ndarray
    """(D,) rad."""
    rest_weight: np.ndarray
    pair_a: np.ndarray
    """(Q,) int64: first capsule of each pair that is kept apart."""
    pair_b: np.ndarray
    pair_far2: np.ndarray
    """(Q,) m²: squared distance of their middles from which on they cannot be near."""
    caps_body: np.ndarray
    caps_start: np.ndarray
    caps_end: np.ndarray
    caps_radius: np.ndarray
    pair_margin: float
    """m: a smaller gap costs."""
    pair_reach: float
    """m beyond the margin, in which a gap stiffens the equations."""
    pair_weight: float


class Targets(NamedTuple):
    """What is asked of each frame of a clip."""

    points: np.ndarray
    """(T, K, 3) m."""
    turns: np.ndarray
    """(T, K, 3, 3)."""
    anchors: np.ndarray
    """(T, C, 3) m."""
    anchor_weight: np.ndarray
    """(T, C)."""
    floor: np.ndarray
    """(T, C) m: height below which a corner must not go."""

    def part(self, rows: slice | np.ndarray) -> "Targets":
        """Targets of some of the frames."""
        return Targets(*(array[rows] for array in self))


def terms_of(robot: Robot, pair: Pair, settings: SolverSettings, tree: Tree) -> Terms:
    """The terms of a robot and pair."""
    bodies = np.array([robot.body_names.index(p.body) for p in pair.keypoints], dtype=np.int64)
    points = np.flatnonzero([point.position > 0.0 for point in pair.keypoints])
    turns = np.flatnonzero([point.orientation > 0.0 for point in pair.keypoints])
    feet = np.array([robot.body_names.index(name) for name in robot.foot_bodies], dtype=np.int64)
    low_body, low_local, low_radius = lowest_points(robot)
    margin = pair.limit_margin
    terms = Terms(
        point_key=points,
        point_body=bodies[points],
        point_local=np.array([pair.keypoints[k].offset for k in points]).reshape(-1, 3),
        point_weight=np.array([pair.keypoints[k].position for k in points], dtype=np.float64),
        turn_key=turns,
        turn_body=bodies[turns],
        turn_weight=np.array([pair.keypoints[k].orientation for k in turns], dtype=np.float64),
        huber=settings.huber,
        corner_body=np.repeat(feet, 4),
        corner_local=np.ascontiguousarray(sole_corners(robot).reshape(-1, 3)),
        low_body=low_body,
        low_local=low_local,
        low_radius=low_radius,
        ground_weight=settings.ground,
        limits=np.ascontiguousarray(robot.dof_limits + np.array([margin, -margin])),
        rest=robot.default_dof_pos.astype(np.float64),
        rest_weight=rest_weights(robot, pair, settings.rest),
        **_no_pairs(),
        **{f"caps_{name}": value for name, value in capsules_of(robot)._asdict().items()},
        pair_margin=settings.collision_margin,
        pair_reach=settings.collision_reach,
        pair_weight=0.0,
    )
    return _with_pairs(terms, robot, pair, settings, tree) if settings.collision else terms


def rest_weights(robot: Robot, pair: Pair, usual: float) -> np.ndarray:
    """(D,) weights of the rest pose: the pair's own by joint pattern, else the usual one."""
    weights = np.full(robot.num_dofs, usual)
    for pattern, weight in pair.rest_weights.items():
        for d, name in enumerate(robot.dof_names):
            if fnmatch.fnmatchcase(name, pattern):
                weights[d] = weight
    return weights


def _no_pairs() -> dict[str, np.ndarray]:
    none = np.empty(0, dtype=np.int64)
    return {"pair_a": none, "pair_b": none, "pair_far2": np.empty(0)}


def _with_pairs(
    terms: Terms, robot: Robot, pair: Pair, settings: SolverSettings, tree: Tree
) -> Terms:
    """Terms with the pairs of capsules that can meet: far apart in the tree, apart at rest."""
    first, second = [], []
    ends, nearest = _resting(terms, tree), np.empty((2, 3))
    hops = _hops(robot)
    wanted = {frozenset(names) for names in pair.self_collision}
    for a in range(len(terms.caps_body)):
        for b in range(a):
            i, j = int(terms.caps_body[a]), int(terms.caps_body[b])
            named = frozenset((robot.body_names[i], robot.body_names[j])) in wanted
            if not named and (wanted or hops[i, j] < _APART):
                continue
            if named or gap_of(ends, terms.caps_radius, a, b, nearest) > 0.01:
                first.append(a)
                second.append(b)
    half = 0.5 * np.linalg.norm(terms.caps_end - terms.caps_start, axis=-1) + terms.caps_radius
    a, b = np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)
    far = half[a] + half[b] + settings.collision_margin + settings.collision_reach
    weight = settings.collision if first else 0.0
    return terms._replace(pair_a=a, pair_b=b, pair_far2=far**2, pair_weight=weight)


def _resting(terms: Terms, tree: Tree) -> np.ndarray:
    """(C, 3, 3) m: capsules of the robot in its rest pose."""
    pos, rot = np.empty((1, len(tree.parents), 3)), np.empty((1, len(tree.parents), 3, 3))
    poses(tree, np.zeros((1, 3)), np.eye(3)[None], terms.rest[None], pos, rot)
    ends = np.empty((len(terms.caps_body), 3, 3))
    place_capsules(terms, pos[0], rot[0], ends)
    return ends


def _hops(robot: Robot) -> np.ndarray:
    """(B, B) joints between bodies."""
    chains = []
    for body in range(robot.num_bodies):
        chain, at = [body], body
        while at > 0:
            at = int(robot.parents[at])
            chain.append(at)
        chains.append(chain)
    hops = np.zeros((robot.num_bodies, robot.num_bodies), dtype=np.int64)
    for a, b in np.ndindex(hops.shape):
        common = next(i for i, body in enumerate(chains[a]) if body in chains[b])
        hops[a, b] = common + chains[b].index(chains[a][common])
    return hops

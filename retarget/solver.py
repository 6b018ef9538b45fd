"""The native solver: one least-squares problem a clip, contacts as anchors, a banded solve."""

import fnmatch
from typing import NamedTuple

import numpy as np
import torch
from scipy.linalg import get_lapack_funcs
from scipy.spatial.transform import Rotation

from motionlib.errors import MotionError
from motionlib.robot import Robot
from retarget.contacts import sole_ends
from retarget.kernels import capsule_distance
from retarget.model import Capsules, RobotKey, Tree, capsules_of, paths_of, tree_of
from retarget.pairs import Pair
from retarget.settings import SolverSettings
from retarget.targets import Goal, world_poses
from retarget.trajectory import assemble, move, poses, solve_frames

_DAMPING = 1e-2

_pbtrf, _pbtrs = get_lapack_funcs(("pbtrf", "pbtrs"), dtype=np.float32)


class Trajectory(NamedTuple):
    """Solution."""

    root_pos: np.ndarray
    """(T, 3) m."""
    root_rot: np.ndarray
    """(T, 3, 3)."""
    dof_pos: np.ndarray
    """(T, D) rad."""
    iterations: int


class Terms(NamedTuple):
    """What is asked of every frame; the order is that of `kernels.frame_equations`."""

    point_body: np.ndarray
    point_local: np.ndarray
    point_weight: np.ndarray
    turn_body: np.ndarray
    turn_weight: np.ndarray
    huber: float
    sole_body: np.ndarray
    sole_local: np.ndarray
    ground_weight: float
    limits: np.ndarray
    limit_weight: float
    rest: np.ndarray
    rest_weight: np.ndarray
    pair_a: np.ndarray
    pair_b: np.ndarray
    caps_body: np.ndarray
    caps_start: np.ndarray
    caps_end: np.ndarray
    caps_radius: np.ndarray
    pair_margin: float
    pair_weight: float


class Solver:
    """Solves clips of one robot and pair."""

    def __init__(self, robot: Robot, pair: Pair, settings: SolverSettings | None = None) -> None:
        self.robot, self.pair = robot, pair
        self.settings = settings or SolverSettings()
        self.tree: Tree = tree_of(robot)
        self.paths = paths_of(robot)
        self.dof_body = robot.dof_bodies.astype(np.int64)
        self.limits = np.ascontiguousarray(
            np.stack(
                (
                    robot.dof_limits[:, 0] + pair.limit_margin,
                    robot.dof_limits[:, 1] - pair.limit_margin,
                ),
                axis=-1,
            )
        )
        self.terms = self._terms()

    def solve(self, goal: Goal) -> Trajectory:
        """The robot's trajectory for a goal, exactly on its frames."""
        clip = _Clip(self, goal)
        clip.start()
        frames = len(goal.points)
        chunk, overlap = self.settings.chunk, self.settings.overlap
        if frames <= chunk + overlap:
            return self._solve(clip)
        starts = list(range(0, frames - overlap, chunk))
        parts = [
            self._solve(clip.part(slice(start, min(start + chunk + overlap, frames))))
            for start in starts
        ]
        return _join(parts, starts, frames, overlap)

    def _solve(self, clip: "_Clip") -> Trajectory:
        iterations = 0
        while iterations < self.settings.clip_iterations:
            iterations += 1
            if clip.iterate() < self.settings.stop:
                break
        clip.settle()
        return Trajectory(clip.root_pos, clip.root_rot, clip.dofs, iterations)

    def _terms(self) -> Terms:
        s, robot, pair = self.settings, self.robot, self.pair
        capsules = capsules_of(str(robot.xml_path), RobotKey(robot))
        first, second = _collision_pairs(robot, pair, capsules)
        bodies = [robot.body_names.index(point.body) for point in pair.keypoints]
        feet = [robot.body_names.index(name) for name in robot.foot_bodies]
        return Terms(
            point_body=np.array(bodies, dtype=np.int64),
            point_local=np.array([point.offset for point in pair.keypoints]),
            point_weight=np.array([point.position for point in pair.keypoints]),
            turn_body=np.array(bodies, dtype=np.int64),
            turn_weight=np.array([point.orientation for point in pair.keypoints]),
            huber=s.huber,
            sole_body=np.repeat(np.array(feet, dtype=np.int64), 2),
            sole_local=sole_ends(robot).reshape(-1, 3),
            ground_weight=s.ground,
            limits=self.limits,
            limit_weight=s.limits,
            rest=robot.default_dof_pos.astype(np.float64),
            rest_weight=rest_weights(robot, pair, s.rest),
            pair_a=first,
            pair_b=second,
            caps_body=capsules.body,
            caps_start=capsules.start,
            caps_end=capsules.end,
            caps_radius=capsules.radius,
            pair_margin=s.collision_margin,
            pair_weight=s.collision if len(first) else 0.0,
        )


class _Clip:
    """One clip, or a part of one, while it is being solved."""

    def __init__(self, solver: Solver, goal: Goal) -> None:
        self.solver, self.fps = solver, goal.fps
        frames = len(goal.points)
        self.root_pos = np.array(goal.points[:, 0], order="C")
        self.root_rot = np.array(goal.turns[:, 0], order="C")
        self.dofs = np.tile(solver.robot.default_dof_pos.astype(np.float64), (frames, 1))
        self.points = np.ascontiguousarray(goal.points)
        self.turns = flattened(goal, solver.robot, solver.pair)
        self.contact = goal.contact.reshape(frames, -1)
        self.soles = np.ascontiguousarray(goal.soles.reshape(frames, -1, 3))
        self.anchor, self.weight = self.soles, np.zeros(self.contact.shape)
        self._band = np.empty((0, 0), dtype=np.float32)

    def part(self, rows: slice) -> "_Clip":
        """Some of the frames, their starts and anchors; arrays of its own."""
        part = object.__new__(_Clip)
        part.solver, part.fps = self.solver, self.fps
        for name in _ROWS:
            setattr(part, name, getattr(self, name)[rows].copy())
        part._band = np.empty((0, 0), dtype=np.float32)
        return part

    def start(self) -> None:
        """Every frame alone, then the anchors of the whole clip.

        Nothing is inherited from the frame before, and no anchor depends on how a clip is cut.
        """
        solve_frames(
            *self._common(), self.root_pos, self.root_rot, self.dofs,
            self.solver.settings.frame_iterations,
        )  # fmt: skip
        shape = (len(self.dofs), self.solver.robot.num_bodies)
        body_pos, body_rot = np.empty((*shape, 3)), np.empty((*shape, 3, 3))
        poses(self.solver.tree, self.root_pos, self.root_rot, self.dofs, body_pos, body_rot)
        body, local = self.solver.terms.sole_body, self.solver.terms.sole_local
        stands = body_pos[:, body] + np.einsum("tcij,cj->tci", body_rot[:, body], local)
        self.anchor, self.weight = anchors(
            0.5 * (self.soles + stands), self.contact, self.solver.settings.contact
        )

    def iterate(self) -> float:
        """One Gauss-Newton step of all frames; its largest joint step, rad."""
        self._assemble()
        return self._move(clamp=False)

    def settle(self) -> None:
        """Two steps inside the limits: clamp, hold what sits on a bound, solve again, clamp."""
        limits = self.solver.limits
        for _ in range(2):
            np.clip(self.dofs, limits[:, 0], limits[:, 1], out=self.dofs)
            self._assemble()
            outward = self._gradient.reshape(len(self.dofs), -1)[:, 6:]
            held = ((self.dofs <= limits[:, 0]) & (outward > 0.0)) | (
                (self.dofs >= limits[:, 1]) & (outward < 0.0)
            )
            frames, dofs = np.nonzero(held)
            rows = frames * (6 + self.dofs.shape[1]) + 6 + dofs
            self._gradient[rows] = 0.0
            self._band[rows, 0] += 1e6
            self._move(clamp=True)

    def _common(self) -> tuple:
        solver = self.solver
        targets = (self.points, self.turns, self.anchor, self.weight)
        return solver.tree, solver.paths, solver.dof_body, solver.terms, targets

    def _assemble(self) -> float:
        settings, robot, pace = self.solver.settings, self.solver.robot, self.fps / 30.0
        n = 6 + robot.num_dofs
        if len(self._band) != len(self.dofs) * n:
            self._band = np.empty((len(self.dofs) * n, 2 * n + 1), dtype=np.float32)
            self._gradient = np.empty(len(self.dofs) * n)
        profile = robot.actuator_profiles[robot.default_profile]
        smooth = [settings.smooth_root_pos] * 3 + [settings.smooth_root_turn] * 3
        smooth += [settings.smooth_dofs] * robot.num_dofs
        return assemble(
            *self._common(), pace**4 * np.array(smooth),
            profile.velocity_limit * self.solver.pair.speed_limit / self.fps,
            settings.speed * pace**2, self.root_pos, self.root_rot, self.dofs, _DAMPING,
            self._band, self._gradient,
        )  # fmt: skip

    def _move(self, *, clamp: bool) -> float:
        x = solve_banded(self._band, self._gradient)
        return move(
            self.solver.tree, x, self.root_pos, self.root_rot, self.dofs, self.solver.limits, clamp
        )


_ROWS = (
    "root_pos", "root_rot", "dofs", "points", "turns", "contact", "soles", "anchor", "weight",
)  # fmt: skip


def solve_banded(band: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Solve the banded system `A x = -gradient`; A is lost.

    Raises:
        MotionError: A is not positive definite: the clip holds something that is not finite.
    """
    factor, info = _pbtrf(band.T, lower=1, overwrite_ab=1)
    if info:
        raise MotionError(f"the normal equations break down at unknown {info}")
    x, _ = _pbtrs(factor, -gradient.astype(np.float32)[:, None], lower=1, overwrite_b=1)
    return x[:, 0].astype(np.float64)


def anchors(soles: np.ndarray, contact: np.ndarray, weight: float) -> tuple[np.ndarray, np.ndarray]:
    """A fixed ground point for each stretch of contact of each sole point.

    Args:
        soles: (T, C, 3) m.
        contact: (T, C) bool.
        weight: Inside a stretch; it rises over its first and last frames.

    Returns:
        (T, C, 3) m anchors and (T, C) weights, zero out of contact.
    """
    anchor, weights = soles.copy(), np.zeros(contact.shape)
    ramp = np.array([0.3, 0.6])
    for c in range(contact.shape[1]):
        edges = np.flatnonzero(np.diff(np.pad(contact[:, c].astype(np.int8), 1)))
        for start, stop in edges.reshape(-1, 2):
            anchor[start:stop, c, :2] = soles[start:stop, c, :2].mean(0)
            anchor[start:stop, c, 2] = 0.0
            weights[start:stop, c] = weight
            n = min(2, (stop - start) // 2)
            if start > 0:
                weights[start : start + n, c] *= ramp[:n]
            if stop < len(contact):
                weights[stop - n : stop, c] *= ramp[:n][::-1]
    return anchor, weights


def flattened(goal: Goal, robot: Robot, pair: Pair) -> np.ndarray:
    """(T, K, 3, 3) target orientations, those of feet in stance laid flat.

    Roll goes while any point stands, pitch too while heel and toe both do: a robot's ankle turns
    less than a human's, and its sole is a plate.
    """
    turns = goal.turns.copy()
    for foot, (name, sole) in enumerate(zip(robot.foot_bodies, robot.soles, strict=True)):
        normal = sole_normal(sole.corners)
        for k, point in enumerate(pair.keypoints):
            if point.body == name:
                both = goal.contact[:, foot].all(-1)
                turns[both, k] = _upright(turns[both, k], normal)
    return np.ascontiguousarray(turns)


def sole_normal(corners: np.ndarray) -> np.ndarray:
    """(3,) unit normal of a sole, foot frame, out of the ground."""
    _, _, axes = np.linalg.svd(corners - corners.mean(0))
    return axes[2] * (1.0 if axes[2] @ -corners.mean(0) >= 0.0 else -1.0)


def _upright(turns: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Rotations turned the shortest way so that `normal` points up."""
    up = turns @ normal
    axis = np.cross(up, [0.0, 0.0, 1.0])
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine, up[:, 2:])
    axis = np.divide(axis, sine, out=np.zeros_like(axis), where=sine > 1e-9)
    return Rotation.from_rotvec(axis * angle).as_matrix() @ turns


def rest_weights(robot: Robot, pair: Pair, usual: float) -> np.ndarray:
    """(D,) weights of the rest pose: the pair's own by joint pattern, else the usual one."""
    weights = np.full(robot.num_dofs, usual)
    for pattern, weight in pair.rest_weights.items():
        for d, name in enumerate(robot.dof_names):
            if fnmatch.fnmatchcase(name, pattern):
                weights[d] = weight
    return weights


def _collision_pairs(robot: Robot, pair: Pair, capsules: Capsules) -> tuple[np.ndarray, np.ndarray]:
    """Capsules that can meet: on bodies at least three joints apart and apart in the default pose."""
    hops = _hops(robot)
    dofs = torch.as_tensor(robot.default_dof_pos)[None]
    pos, rot = world_poses(robot, torch.zeros(1, 3), torch.tensor([[1.0, 0, 0, 0]]), dofs)
    wanted = {frozenset(names) for names in pair.self_collision}
    first, second, scratch = [], [], np.empty((6, 3))
    for a in range(len(capsules.body)):
        for b in range(a):
            i, j = int(capsules.body[a]), int(capsules.body[b])
            named = frozenset((robot.body_names[i], robot.body_names[j])) in wanted
            if not named and (wanted or hops[i, j] < 3):
                continue
            gap = capsule_distance(
                pos[0], rot[0], capsules.body, capsules.radius, a, b, capsules.start, capsules.end,
                scratch,
            )  # fmt: skip
            if named or gap > 0.01:
                first.append(a)
                second.append(b)
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)


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


def _join(parts: list[Trajectory], starts: list[int], frames: int, overlap: int) -> Trajectory:
    """Chunks as one trajectory; where two overlap they are blended from one to the other."""
    first = parts[0]
    root_pos = np.empty((frames, 3))
    root_rot = np.empty((frames, 3, 3))
    dofs = np.empty((frames, first.dof_pos.shape[1]))
    for part, start in zip(parts, starts, strict=True):
        shared = overlap if start else 0
        rows = slice(start + shared, start + len(part.dof_pos))
        root_pos[rows], root_rot[rows] = part.root_pos[shared:], part.root_rot[shared:]
        dofs[rows] = part.dof_pos[shared:]
        if not shared:
            continue
        rows = slice(start, start + shared)
        share = (np.arange(shared) + 1.0) / (shared + 1.0)
        root_pos[rows] += share[:, None] * (part.root_pos[:shared] - root_pos[rows])
        dofs[rows] += share[:, None] * (part.dof_pos[:shared] - dofs[rows])
        turn = Rotation.from_matrix(part.root_rot[:shared] @ root_rot[rows].transpose(0, 2, 1))
        step = Rotation.from_rotvec(share[:, None] * turn.as_rotvec()).as_matrix()
        root_rot[rows] = step @ root_rot[rows]
    return Trajectory(root_pos, root_rot, dofs, max(part.iterations for part in parts))

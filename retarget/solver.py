"""The native solver: one least-squares problem a clip, contacts as anchors, a banded solve."""

import functools
from typing import NamedTuple

import numpy as np
from scipy.linalg import get_lapack_funcs
from scipy.spatial.transform import Rotation
from threadpoolctl import ThreadpoolController

from motionlib.errors import MotionError
from motionlib.robot import Robot
from retarget.contacts import sole_corners
from retarget.frames import solve_frames, spread
from retarget.kernels import ROOT
from retarget.model import Tree, tree_of
from retarget.pairs import Pair
from retarget.problem import Targets, Terms, terms_of
from retarget.settings import SolverSettings
from retarget.stance import flattened, sole_tilts, sole_widths, stance
from retarget.targets import Goal
from retarget.trajectory import assemble, move

_pbtrf, _pbtrs = get_lapack_funcs(("pbtrf", "pbtrs"), dtype=np.float32)

_SHORTER = 30.0
"""By which damping grows after an iteration that made things worse."""


class Trajectory(NamedTuple):
    """Solution."""

    root_pos: np.ndarray
    """(T, 3) m."""
    root_rot: np.ndarray
    """(T, 3, 3)."""
    dof_pos: np.ndarray
    """(T, D) rad."""
    iterations: int

    def part(self, rows: slice) -> "Trajectory":
        """Some of the frames, as arrays of their own."""
        return Trajectory(
            self.root_pos[rows].copy(),
            self.root_rot[rows].copy(),
            self.dof_pos[rows].copy(),
            self.iterations,
        )


class Solver:
    """Solves clips of one robot and pair."""

    def __init__(self, robot: Robot, pair: Pair, settings: SolverSettings | None = None) -> None:
        self.robot, self.pair = robot, pair
        self.settings = settings or SolverSettings()
        self.tree: Tree = tree_of(robot)
        self.terms: Terms = terms_of(robot, pair, self.settings, self.tree)
        self._corners = sole_corners(robot)
        profile = robot.actuator_profiles[robot.default_profile]
        self._speed = profile.velocity_limit.astype(np.float64) * pair.speed_limit

    def solve(self, goal: Goal) -> Trajectory:
        """The robot's trajectory for a goal, exactly on its frames.

        Raises:
            MotionError: Something in the goal is not finite; names the frame.
        """
        _check(goal)
        # a band this narrow is slower on several threads, which spin while they wait
        with _threads().limit(limits=1, user_api="blas"):
            return self._solve(goal)

    def _solve(self, goal: Goal) -> Trajectory:
        targets = self.targets(goal)
        frames = len(goal.points)
        chunk, overlap = self.settings.chunk, self.settings.overlap
        if frames <= chunk + overlap:
            return self._solve_chunk(targets, goal.fps)
        starts = list(range(0, frames - overlap, chunk))
        parts = []
        for first in starts:
            rows = slice(first, min(first + chunk + overlap, frames))
            parts.append(self._solve_chunk(targets.part(rows), goal.fps))
        return join_chunks(parts, starts, frames, overlap)

    def targets(self, goal: Goal) -> Targets:
        """What is asked of each frame; no anchor depends on how a clip is cut."""
        frames = len(goal.points)
        grow = max(1, round(self.settings.hold_s * goal.fps))
        tilts = sole_tilts(goal, self.robot, self.pair, self._corners)
        widths = sole_widths(self._corners)
        held = stance(goal, tilts, widths, self.settings.contact, grow=grow)
        return Targets(
            points=np.ascontiguousarray(goal.points),
            turns=flattened(goal, self.robot, self.pair),
            anchors=held.anchors.reshape(frames, -1, 3),
            anchor_weight=held.weights.reshape(frames, -1),
            floor=held.floor.reshape(frames, -1),
        )

    def _solve_chunk(self, targets: Targets, fps: float) -> Trajectory:
        """From coarse to fine: some frames alone, those as a trajectory, all as a trajectory."""
        settings, frames = self.settings, len(targets.points)
        stride = max(1, min(round(settings.stride_s * fps), frames // 4))
        if stride == 1:
            return self.improve(self.alone(targets), targets, fps, settings.clip_iterations)
        rows = np.arange((frames - 1) % stride // 2, frames, stride)
        some = targets.part(rows)
        coarse = self.improve(self.alone(some), some, fps / stride, settings.coarse_iterations)
        start = Trajectory(
            np.empty((frames, 3)), np.empty((frames, 3, 3)),
            np.empty((frames, self.robot.num_dofs)), coarse.iterations,
        )  # fmt: skip
        spread(self.tree, rows, *coarse[:3], *start[:3])
        return self.improve(start, targets, fps, settings.clip_iterations)

    def alone(self, targets: Targets) -> Trajectory:
        """Every frame alone: nothing is inherited from the frame before."""
        root_pos = np.array(targets.points[:, 0], order="C")
        root_rot = np.array(targets.turns[:, 0], order="C")
        dofs = np.tile(self.terms.rest, (len(root_pos), 1))
        weight = np.maximum(self.terms.rest_weight, self.settings.frame_rest)
        terms = self.terms._replace(rest_weight=weight)
        iterations = self.settings.frame_iterations
        solve_frames(self.tree, terms, targets, root_pos, root_rot, dofs, iterations)
        return Trajectory(root_pos, root_rot, dofs, 0)

    def improve(self, start: Trajectory, targets: Targets, fps: float, most: int) -> Trajectory:
        """The whole trajectory from a start, whose arrays become the solution's."""
        settings, pace = self.settings, fps / 30.0
        frames, n = len(start.dof_pos), ROOT + self.robot.num_dofs
        band, gradient = np.empty((frames * n, 2 * n + 1), dtype=np.float32), np.empty(frames * n)
        smooth = [settings.smooth_root_pos] * 3 + [settings.smooth_root_turn] * 3
        smooth += [settings.smooth_dofs] * self.robot.num_dofs
        weights = pace**4 * np.array(smooth)
        low, high = self.terms.limits.T
        held = (start.dof_pos <= low) | (start.dof_pos >= high)
        pose = (start.root_pos, start.root_rot, start.dof_pos, held)
        iterations, gain, cost, damping = 0, np.inf, np.inf, settings.damping
        while iterations < most:
            if gain < settings.stop * cost and iterations >= settings.least_iterations:
                break
            last = cost
            cost = assemble(
                self.tree, self.terms, targets, weights, self._speed / fps,
                settings.speed * pace**2, *pose, damping, band, gradient,
            )  # fmt: skip
            if cost > last:  # a floor or a shape came in between: the next step is shorter
                worse = damping * _SHORTER
                band[:, 0] += worse - damping
                damping = worse
            x = solve_banded(band, gradient)
            gain = -float(gradient @ x)
            move(self.tree, self.terms.limits, x, *pose)
            iterations += 1
        return start._replace(iterations=iterations)


@functools.cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


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


def _check(goal: Goal) -> None:
    for name in ("points", "turns", "soles"):
        values = getattr(goal, name)
        bad = ~np.isfinite(values).reshape(len(values), -1).all(-1)
        if bad.any():
            raise MotionError(f"goal.{name}: not finite in frame {int(bad.argmax())}")


def join_chunks(
    parts: list[Trajectory], starts: list[int], frames: int, overlap: int
) -> Trajectory:
    """Chunks as one trajectory; where two overlap they are blended from one to the other."""
    root_pos, root_rot = np.empty((frames, 3)), np.empty((frames, 3, 3))
    dofs = np.empty((frames, parts[0].dof_pos.shape[1]))
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

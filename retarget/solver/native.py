"""The native solver: one least-squares problem a clip, contacts as anchors, a banded solve."""

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from motionlib.errors import MotionError
from motionlib.robot import Robot
from retarget.kernels.banded import band_width, solve_banded
from retarget.kernels.frames import solve_frames, spread
from retarget.kernels.kinematics import ROOT
from retarget.kernels.trajectory import assemble, move
from retarget.model import Tree, tree_of
from retarget.pairs.pair import Pair
from retarget.settings import SolverSettings
from retarget.solver.problem import Targets, Terms, terms_of
from retarget.solver.stance import Feet
from retarget.targets import Goal

_SHORTER = 30.0
"""Factor by which damping grows after an iteration that made things worse."""


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
        self._feet = Feet(robot, pair)
        profile = robot.actuator_profiles[robot.default_profile]
        self._speed = profile.velocity_limit.astype(np.float64) * pair.speed_limit

    def solve(self, goal: Goal) -> Trajectory:
        """The robot's trajectory for a goal, exactly on its frames.

        Raises:
            MotionError: Something in the goal is not finite; names the frame.
        """
        _check(goal)
        # from coarse to fine: some frames alone, those as a trajectory, all as a trajectory
        settings, fps = self.settings, goal.fps
        targets, frames = self._feet.targets(goal, settings), len(goal.points)
        stride = max(1, min(round(settings.stride_s * fps), frames // 4))
        rows = np.arange((frames - 1) % stride // 2, frames, stride)
        some = targets.part(rows)
        start = self._alone(some)
        if stride > 1:
            start = self._improve(start, some, fps / stride, coarse=True)
            start = self._spread(start, rows, frames)
        targets = self._feet.targets(goal, settings, self._feet.corners_of(self.tree, *start[:3]))
        return self._improve(start, targets, fps)

    def _improve(
        self, start: Trajectory, targets: Targets, fps: float, *, coarse: bool = False
    ) -> Trajectory:
        """The whole trajectory, chunk by chunk where it is long."""
        settings, frames = self.settings, len(targets.points)
        most = settings.coarse_iterations if coarse else settings.clip_iterations
        chunks = chunks_of(frames, settings.chunk, settings.overlap)
        parts = [self.improve(start.part(rows), targets.part(rows), fps, most) for rows in chunks]
        return join_chunks(parts, chunks, settings.overlap)

    def _spread(self, some: Trajectory, rows: np.ndarray, frames: int) -> Trajectory:
        """All frames from those that are known."""
        root_pos, root_rot = np.empty((frames, 3)), np.empty((frames, 3, 3))
        dofs = np.empty((frames, self.robot.num_dofs))
        spread(self.tree, rows, *some[:3], root_pos, root_rot, dofs)
        return Trajectory(root_pos, root_rot, dofs, some.iterations)

    def _alone(self, targets: Targets) -> Trajectory:
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
        band = np.empty((frames * n, band_width(2 * n)), dtype=np.float32)
        gradient = np.empty(frames * n)
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
            gain = -float(np.einsum("i,i->", gradient, x))  # BLAS sums as its threads are many
            move(self.tree, self.terms.limits, x, *pose)
            iterations += 1
        return start._replace(iterations=iterations)


def _check(goal: Goal) -> None:
    for name in ("points", "turns", "soles"):
        values = getattr(goal, name)
        bad = ~np.isfinite(values).reshape(len(values), -1).all(-1)
        if bad.any():
            raise MotionError(f"goal.{name}: not finite in frame {int(bad.argmax())}")


def chunks_of(frames: int, chunk: int, overlap: int) -> list[slice]:
    """Rows of the chunks that a clip is solved in, each sharing `overlap` with the next."""
    starts = range(0, max(frames - overlap, 1), chunk)
    return [slice(start, min(start + chunk + overlap, frames)) for start in starts]


def join_chunks(parts: list[Trajectory], chunks: list[slice], overlap: int) -> Trajectory:
    """Chunks as one trajectory; where two overlap they are blended from one to the other."""
    if len(parts) == 1:
        return parts[0]
    frames = chunks[-1].stop
    root_pos, root_rot = np.empty((frames, 3)), np.empty((frames, 3, 3))
    dofs = np.empty((frames, parts[0].dof_pos.shape[1]))
    for part, chunk in zip(parts, chunks, strict=True):
        start = chunk.start
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

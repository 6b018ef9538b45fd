from dataclasses import dataclass

import numpy as np
import pytest

from motionlib.robots.files import load_robot
from retarget.kernels.kinematics import ROOT, rotation, step
from retarget.kernels.trajectory import HOLD, assemble, move
from retarget.model import tree_of
from retarget.pairs.files import load_pair
from retarget.settings import SolverSettings
from retarget.solver.problem import Targets, terms_of

FRAMES = 6


@dataclass
class Clip:
    """A few random frames in which smoothness and speed limits are all that is asked."""

    robot_name: str
    speed: float = np.inf

    def __post_init__(self):
        rng = np.random.default_rng(3)
        robot = load_robot(self.robot_name)
        self.tree = tree_of(robot)
        pair = load_pair("smpl", robot)
        terms = terms_of(robot, pair, SolverSettings(ground=0.0, collision=0.0), self.tree)
        self.terms = terms._replace(
            point_weight=0.0 * terms.point_weight,
            turn_weight=0.0 * terms.turn_weight,
            rest_weight=0.0 * terms.rest_weight,
            limits=terms.limits + np.array([-9.0, 9.0]),
        )
        self.dofs, self.n = robot.num_dofs, ROOT + robot.num_dofs
        keys, soles = len(pair.keypoints), len(terms.corner_body)
        self.targets = Targets(
            points=np.zeros((FRAMES, keys, 3)),
            turns=np.tile(np.eye(3), (FRAMES, keys, 1, 1)),
            anchors=np.zeros((FRAMES, soles, 3)),
            anchor_weight=np.zeros((FRAMES, soles)),
            floor=np.full((FRAMES, soles), -9.0),
        )
        rot = np.empty((FRAMES, 3, 3))
        for t in range(FRAMES):
            rotation(0.05 * rng.normal(size=3), rot[t])
        self.pose = rng.normal(size=(FRAMES, 3)), rot, 0.05 * rng.normal(size=(FRAMES, self.dofs))
        self.smooth = rng.uniform(0.5, 2.0, self.n)
        self.held = np.zeros((FRAMES, self.dofs), dtype=bool)

    def at(self, x):
        """Cost, gradient and dense normal matrix where every frame has moved by its part of x."""
        pose = tuple(each.copy() for each in self.pose)
        for t, row in enumerate(x.reshape(FRAMES, -1)):
            out = np.empty(3), np.empty((3, 3)), np.empty(self.dofs)
            step(self.tree, row, 9.0, *(each[t] for each in pose), *out)
            for each, new in zip(pose, out, strict=True):
                each[t] = new
        size = FRAMES * self.n
        band, gradient = np.empty((size, 2 * self.n + 1), dtype=np.float32), np.empty(size)
        cost = assemble(
            self.tree, self.terms, self.targets, self.smooth, np.full(self.dofs, self.speed), 3.0,
            *pose, self.held, 0.0, band, gradient,
        )  # fmt: skip
        return cost, gradient, dense(band)


def dense(band):
    """The symmetric matrix of a band."""
    size, width = band.shape
    matrix = np.zeros((size, size))
    for j in range(size):
        for k in range(min(width, size - j)):
            matrix[j + k, j] = matrix[j, j + k] = band[j, k]
    return matrix


@pytest.mark.parametrize(("robot", "speed"), [("g1", np.inf), ("g1", 0.03), ("smpl", np.inf)])
def test_gradient_is_that_of_the_cost(robot, speed):
    clip = Clip(robot, speed)
    cost, gradient, _ = clip.at(np.zeros(FRAMES * clip.n))
    rng, h = np.random.default_rng(5), 1e-5
    for _ in range(8):
        x = rng.normal(size=FRAMES * clip.n)
        numeric = (clip.at(h * x)[0] - clip.at(-h * x)[0]) / (4.0 * h)
        assert gradient @ x == pytest.approx(numeric, rel=0.03, abs=1e-4 * cost)


@pytest.mark.parametrize("speed", [np.inf, 0.03])
def test_band_is_the_second_derivative_of_the_cost(speed):
    clip = Clip("g1", speed)
    _, _, matrix = clip.at(np.zeros(FRAMES * clip.n))
    x, h = np.random.default_rng(6).normal(size=FRAMES * clip.n), 1e-7
    x.reshape(FRAMES, -1)[:, 3:6] = 0.0  # the root's turn is curved, a dof's angle is not
    numeric = (clip.at(h * x)[1] - clip.at(-h * x)[1]) / (2.0 * h)
    rows = np.tile(np.r_[True, True, True, [False] * 3, [True] * clip.dofs], FRAMES)
    np.testing.assert_allclose((matrix @ x)[rows], numeric[rows], atol=2e-3)


def test_a_held_dof_stays_and_is_let_go_when_it_is_pulled_inward():
    clip = Clip("g1")
    limits = np.tile([[-1.0, 1.0]], (clip.dofs, 1))
    dofs = np.zeros((FRAMES, clip.dofs))
    dofs[2, :2] = 1.0
    held = dofs == 1.0
    x = np.zeros((FRAMES, clip.n))
    x[2, ROOT], x[2, ROOT + 1] = 1.0 / HOLD, -1.0 / HOLD
    x[3, ROOT + 4] = 5.0
    pose = np.zeros((FRAMES, 3)), np.tile(np.eye(3), (FRAMES, 1, 1)), dofs
    assert move(clip.tree, limits, x.ravel(), *pose, held) == pytest.approx(0.8)
    assert held[2, 0]
    assert not held[2, 1]
    np.testing.assert_array_equal(dofs[2, :2], 1.0)
    move(clip.tree, limits, x.ravel(), *pose, held)
    assert dofs[3, 4] == 1.0
    assert held[3, 4]

import numpy as np
import pytest

from motionlib.robots.files import load_robot
from retarget.kernels.equations import frame_equations, frame_scratch
from retarget.kernels.kinematics import ROOT, rotation, step
from retarget.model import Tree, tree_of
from retarget.pairs.files import load_pair
from retarget.settings import SolverSettings
from retarget.solver.problem import Targets, Terms, terms_of


class Problem:
    """One frame in a random pose, with every term at work."""

    def __init__(self, source: str, target: str, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        robot = load_robot(target)
        pair = load_pair(source, robot)
        self.tree: Tree = tree_of(robot)
        self.terms: Terms = terms_of(robot, pair, SolverSettings(), self.tree)
        points = len(pair.keypoints)
        turns = np.empty((1, points, 3, 3))
        for k in range(points):
            rotation(rng.normal(size=3), turns[0, k])
        soles = len(self.terms.corner_body)
        self.targets = Targets(
            points=rng.normal(size=(1, points, 3)),
            turns=turns,
            anchors=rng.normal(size=(1, soles, 3)),
            anchor_weight=rng.uniform(1.0, 5.0, size=(1, soles)),
            floor=np.ones((1, soles)),
        )
        root = np.empty((3, 3))
        rotation(rng.normal(size=3), root)
        dofs = rng.normal(size=robot.num_dofs) * 0.4
        self.pose = (np.array([0.3, -0.2, 0.1]), root, dofs)
        self.n = ROOT + robot.num_dofs

    def only(self, **kept: object) -> None:
        """Every weight at zero but those that are kept."""
        zero = {
            "point_weight": np.zeros_like(self.terms.point_weight),
            "turn_weight": np.zeros_like(self.terms.turn_weight),
            "rest_weight": np.zeros_like(self.terms.rest_weight),
            "ground_weight": 0.0,
            "pair_weight": 0.0,
        }
        if "anchor" not in kept:
            weights = np.zeros_like(self.targets.anchor_weight)
            self.targets = self.targets._replace(anchor_weight=weights)
        kept.pop("anchor", None)
        self.terms = self.terms._replace(**{**zero, **kept})

    def at(self, x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Cost, gradient and normal matrix of the pose moved by `x`."""
        pose = (np.empty(3), np.empty((3, 3)), np.empty(self.n - ROOT))
        step(self.tree, x, 9.0, *self.pose, *pose)
        H, g = np.zeros((self.n, self.n)), np.empty(self.n)
        band = np.zeros((self.n, 2 * self.n + 1))
        scratch = frame_scratch(self.tree, self.terms)
        cost = frame_equations(self.tree, self.terms, self.targets, 0, pose, H, g, band, scratch)
        for i in range(self.n):
            for j in range(i + 1):
                H[i, j] += band[j, i - j]
        return cost, g, H

    def slope(self) -> np.ndarray:
        """Half the cost's gradient by central differences."""
        h, numeric = 1e-6, np.empty(self.n)
        for i in range(self.n):
            x = np.zeros(self.n)
            x[i] = h
            numeric[i] = (self.at(x)[0] - self.at(-x)[0]) / (4.0 * h)
        return numeric


TERMS = ("point_weight", "turn_weight", "anchor", "ground_weight", "rest_weight", "pair_weight")


@pytest.mark.parametrize("pair", [("smpl", "g1"), ("g1", "g1"), ("smpl", "smpl")])
@pytest.mark.parametrize("term", TERMS)
def test_gradient_of_each_term_is_that_of_its_cost(pair: tuple[str, str], term: str) -> None:
    problem = Problem(*pair)
    kept = {
        "ground_weight": 150.0,
        "pair_weight": 200.0,
        "rest_weight": np.ones_like(problem.terms.rest_weight),
    }
    problem.only(**{term: kept.get(term, getattr(problem.terms, term, 1.0))})
    far = problem.terms.pair_far2 + 9.0
    problem.terms = problem.terms._replace(pair_margin=0.3, pair_far2=far)
    cost, gradient, _ = problem.at(np.zeros(problem.n))
    assert cost > 0.0
    np.testing.assert_allclose(gradient, problem.slope(), rtol=2e-5, atol=2e-5 * cost)


def test_no_body_is_below_the_ground_and_feet_have_a_floor_of_their_own() -> None:
    problem = Problem("smpl", "g1")
    problem.only(ground_weight=150.0)
    problem.targets = problem.targets._replace(floor=np.full_like(problem.targets.floor, -9.0))
    up = np.zeros(problem.n)
    up[2] = 3.0
    assert problem.at(np.zeros(problem.n))[0] > 0.0
    assert problem.at(up)[0] == 0.0
    assert not problem.at(up)[1].any()
    bodies = np.empty(0, dtype=np.int64)
    problem.terms = problem.terms._replace(low_body=bodies)
    assert problem.at(np.zeros(problem.n))[0] == 0.0

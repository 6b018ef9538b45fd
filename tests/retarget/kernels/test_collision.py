import numpy as np
import pytest

from retarget.kernels.collision import gap_of, place_capsules, segments
from retarget.kernels.kinematics import poses
from retarget.model import tree_of
from retarget.pairs.files import load_pair
from retarget.settings import SolverSettings
from retarget.solver.problem import terms_of


def test_segments_find_the_nearest_points_of_a_search():
    rng = np.random.default_rng(0)
    grid = np.linspace(0.0, 1.0, 201)
    for p1, q1, p2, q2 in rng.normal(size=(30, 4, 3)):
        s, u = segments(p1, q1, p2, q2)
        assert 0.0 <= s <= 1.0
        assert 0.0 <= u <= 1.0
        found = np.linalg.norm(p1 + s * (q1 - p1) - p2 - u * (q2 - p2))
        first = p1 + grid[:, None, None] * (q1 - p1)
        second = p2 + grid[None, :, None] * (q2 - p2)
        searched = np.linalg.norm(first - second, axis=-1).min()
        assert found <= searched + 1e-12
        assert found == pytest.approx(searched, abs=0.02)


def test_segments_that_are_points():
    a, b, c = np.zeros(3), np.array([1.0, 0, 0]), np.array([0.25, 1, 0])
    assert segments(a, a, b, b) == (0.0, 0.0)
    assert segments(a, b, c, c) == (0.25, 0.0)
    assert segments(c, c, a, b) == (0.0, 0.25)


def test_gap_of_two_placed_capsules():
    ends = np.array(
        [[[0.0, 0, 0], [1, 0, 0], [0.5, 0, 0]], [[0.5, 1, -1], [0.5, 1, 1], [0.5, 1, 0]]]
    )
    nearest = np.empty((2, 3))
    assert gap_of(ends, np.array([0.2, 0.3]), 0, 1, nearest) == pytest.approx(0.5)
    np.testing.assert_allclose(nearest, [[0.5, 0, 0], [0.5, 1, 0]])


def test_place_capsules_follows_the_bodies(g1):
    tree = tree_of(g1)
    terms = terms_of(g1, load_pair("smpl", g1), SolverSettings(), tree)
    pos, rot = np.empty((1, g1.num_bodies, 3)), np.empty((1, g1.num_bodies, 3, 3))
    poses(tree, np.array([[1.0, 2, 3]]), np.eye(3)[None], terms.rest[None], pos, rot)
    ends = np.empty((len(terms.caps_body), 3, 3))
    place_capsules(terms, pos[0], rot[0], ends)
    body = terms.caps_body
    start = pos[0, body] + np.einsum("cij,cj->ci", rot[0, body], terms.caps_start)
    np.testing.assert_allclose(ends[:, 0], start, atol=1e-12)
    np.testing.assert_allclose(ends[:, 2], ends[:, :2].mean(1), atol=1e-12)

import numpy as np

from retarget.kernels.frames import factor_tree, solve_frames, solve_tree
from retarget.kernels.kinematics import ROOT
from retarget.model import tree_of
from retarget.settings import SolverSettings
from retarget.solver.native import Solver
from retarget.solver.stance import Feet


def tree_matrix(tree, seed: int) -> np.ndarray:
    """A symmetric positive definite matrix with entries on lineages only."""
    n, rng = len(tree.depth), np.random.default_rng(seed)
    matrix = np.zeros((n, n))
    for i in range(n):
        line = tree.lineage[i, : tree.depth[i]]
        row = rng.normal(size=len(line))
        matrix[np.ix_(line, line)] += np.outer(row, row)
    return matrix + 0.1 * np.eye(n)


def test_factor_and_solve_agree_with_a_dense_solve(g1):
    tree = tree_of(g1)
    matrix, right = tree_matrix(tree, 0), np.random.default_rng(1).normal(size=ROOT + g1.num_dofs)
    factor, x = matrix.copy(), np.empty(len(right))
    assert factor_tree(tree, factor)
    solve_tree(tree, factor, right, x)
    np.testing.assert_allclose(x, np.linalg.solve(matrix, -right), rtol=1e-8)


def test_factor_refuses_what_is_not_definite(g1):
    tree = tree_of(g1)
    matrix = tree_matrix(tree, 0)
    matrix[8, 8] = -1.0
    assert not factor_tree(tree, matrix)


def test_frames_do_not_know_of_each_other(g1, smpl_to_g1, walk, ask):
    solver = Solver(g1, smpl_to_g1, SolverSettings())
    goal = ask(walk)
    targets = Feet(g1, smpl_to_g1).targets(goal, solver.settings)
    results = []
    for rows in (slice(0, 6), slice(5, 6)):
        part = type(targets)(*(np.ascontiguousarray(array[rows]) for array in targets))
        pose = (
            goal.points[rows, 0].copy(),
            goal.turns[rows, 0].copy(),
            np.tile(solver.terms.rest, (rows.stop - rows.start, 1)),
        )
        solve_frames(solver.tree, solver.terms, part, *pose, 6)
        results.append(pose[2][-1])
    np.testing.assert_array_equal(results[0], results[1])


def test_iterations_settle_inside_the_limits(g1, smpl_to_g1, walk, ask):
    goal, found = ask(walk), {}
    for iterations in (1, 8, 30):
        settings = SolverSettings(frame_iterations=iterations, clip_iterations=0)
        found[iterations] = Solver(g1, smpl_to_g1, settings).solve(goal).dof_pos
        low, high = g1.dof_limits.T
        assert (found[iterations] >= low).all()
        assert (found[iterations] <= high).all()
    away = {n: np.abs(found[n] - found[30]).mean() for n in (1, 8)}
    assert away[8] < 0.1 * away[1]

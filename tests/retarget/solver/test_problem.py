from dataclasses import replace

import numpy as np
import pytest

from retarget.model import tree_of
from retarget.settings import SolverSettings
from retarget.solver.problem import rest_weights, terms_of


def test_only_what_has_weight_is_asked(g1, smpl_to_g1):
    terms = terms_of(g1, smpl_to_g1, SolverSettings(), tree_of(g1))
    assert len(terms.point_key) == sum(p.position > 0 for p in smpl_to_g1.keypoints)
    assert len(terms.turn_key) == sum(p.orientation > 0 for p in smpl_to_g1.keypoints)
    assert len(terms.corner_body) == 8
    assert (terms.point_weight > 0.0).all()


def test_limits_have_the_pair_s_margin(g1, smpl_to_g1):
    pair = replace(smpl_to_g1, limit_margin=0.1)
    limits = terms_of(g1, pair, SolverSettings(), tree_of(g1)).limits
    np.testing.assert_allclose(limits[:, 0], g1.dof_limits[:, 0] + 0.1)
    np.testing.assert_allclose(limits[:, 1], g1.dof_limits[:, 1] - 0.1)


def test_rest_weights_by_pattern(g1, smpl_to_g1):
    pair = replace(smpl_to_g1, rest_weights={"*_knee_joint": 0.5})
    weights = rest_weights(g1, pair, 0.1)
    knees = np.array([name.endswith("knee_joint") for name in g1.dof_names])
    np.testing.assert_array_equal(weights[knees], 0.5)
    np.testing.assert_array_equal(weights[~knees], 0.1)


def test_pairs_that_may_collide_are_apart_at_rest_and_in_the_tree(g1, smpl_to_g1):
    terms = terms_of(g1, smpl_to_g1, SolverSettings(), tree_of(g1))
    bodies = {
        frozenset((g1.body_names[terms.caps_body[a]], g1.body_names[terms.caps_body[b]]))
        for a, b in zip(terms.pair_a, terms.pair_b, strict=True)
    }
    assert frozenset(("left_knee_link", "right_knee_link")) in bodies
    assert frozenset(("left_knee_link", "left_ankle_roll_link")) not in bodies
    assert terms.pair_weight > 0.0


def test_named_pairs_are_the_only_ones(g1, smpl_to_g1):
    pair = replace(smpl_to_g1, self_collision=(("left_knee_link", "right_knee_link"),))
    terms = terms_of(g1, pair, SolverSettings(), tree_of(g1))
    names = {g1.body_names[i] for i in terms.caps_body[[*terms.pair_a, *terms.pair_b]]}
    assert names == {"left_knee_link", "right_knee_link"}


@pytest.mark.parametrize("weight", [0.0, 80.0])
def test_no_weight_no_pairs(g1, smpl_to_g1, weight):
    terms = terms_of(g1, smpl_to_g1, SolverSettings(collision=weight), tree_of(g1))
    assert (len(terms.pair_a) > 0) == (weight > 0.0)
    assert (terms.pair_weight > 0.0) == (weight > 0.0)

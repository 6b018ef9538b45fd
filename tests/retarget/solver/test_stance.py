"""What contact asks of the G1's feet."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.soles import sole_corners
from retarget.model import poses_of, tree_of
from retarget.settings import SolverSettings
from retarget.solver.native import Solver
from retarget.solver.stance import Feet

SETTINGS = SolverSettings()


@pytest.fixture(scope="module")
def feet(g1, smpl_to_g1):
    return Feet(g1, smpl_to_g1)


def foot_keypoint(g1, pair, foot=0):
    return next(k for k, p in enumerate(pair.keypoints) if p.body == g1.foot_bodies[foot])


def test_corners_of_a_trajectory_are_those_of_its_soles(feet, g1, smpl_to_g1, walk, ask):
    found = Solver(g1, smpl_to_g1, SETTINGS).solve(ask(walk))
    pose = (found.root_pos, found.root_rot, found.dof_pos)
    quats = Rotation.from_matrix(found.root_rot).as_quat(scalar_first=True)
    pos, rot = poses_of(tree_of(g1), found.root_pos, quats, found.dof_pos)
    bodies = [g1.body_names.index(name) for name in g1.foot_bodies]
    expected = np.einsum("tfij,fesj->tfesi", rot[:, bodies], sole_corners(g1))
    expected += pos[:, bodies, None, None]
    np.testing.assert_allclose(feet.corners_of(tree_of(g1), *pose), expected, atol=1e-9)


def test_a_foot_stands_on_the_side_that_a_trajectory_has_low(feet, walk, ask):
    goal = ask(walk)
    goal = replace(goal, contact=np.ones_like(goal.contact))
    frames, feet_count = goal.contact.shape[:2]
    across = np.array([0.0, 0.03, 0.0])
    found = np.stack((goal.soles + across, goal.soles - across), axis=3)
    for low in (0, 1):
        rolled = found.copy()
        rolled[..., 1 - low, 2] += 0.02
        weights = feet.targets(goal, SETTINGS, rolled).anchor_weight
        weights = weights.reshape(frames, feet_count, 2, 2)
        np.testing.assert_allclose(weights[..., low], SETTINGS.contact)
        np.testing.assert_allclose(weights[..., 1 - low], 0.0)


def test_a_foot_stands_where_it_can_where_its_goal_is_out_of_reach(feet, walk, ask):
    goal = ask(walk)
    goal = replace(goal, contact=np.ones_like(goal.contact))
    plain = feet.targets(goal, SETTINGS).anchors
    for way, share in ((0.01, 0.0), (0.1, 1.0)):
        found = np.stack((goal.soles, goal.soles), axis=3)
        found[..., 0] += way
        anchors = feet.targets(goal, SETTINGS, found).anchors
        moved = np.tile([share * way, 0.0, 0.0], (*plain.shape[:2], 1))
        np.testing.assert_allclose(anchors - plain, moved, atol=1e-9)


def test_feet_are_turned_only_where_they_stand_and_beside(feet, g1, smpl_to_g1, walk, ask):
    goal = ask(walk)
    contact = np.zeros_like(goal.contact)
    contact[20, 0] = True
    turns = feet.targets(replace(goal, contact=contact), SETTINGS).turns
    k = foot_keypoint(g1, smpl_to_g1)
    np.testing.assert_allclose(turns[20, k, 2], [0.0, 0.0, 1.0], atol=1e-9)
    changed = np.flatnonzero(np.abs(turns - goal.turns).reshape(len(turns), -1).max(-1) > 1e-9)
    beside = round(SETTINGS.blend_s * goal.fps)
    assert changed.min() >= 20 - beside
    assert changed.max() <= 20 + beside
    others = [i for i, p in enumerate(smpl_to_g1.keypoints) if p.body != g1.foot_bodies[0]]
    np.testing.assert_array_equal(turns[:, others], goal.turns[:, others])


def test_contact_from_the_first_to_the_last_frame(feet, walk, ask):
    goal = ask(walk)
    targets = feet.targets(replace(goal, contact=np.ones_like(goal.contact)), SETTINGS)
    assert np.ptp(targets.anchors, axis=0).max() < 1e-9
    assert (targets.anchors[..., 2] == 0.0).all()
    frames, feet_count = goal.contact.shape[:2]
    ends = targets.anchor_weight.reshape(frames, feet_count, 2, 2).sum(-1)
    np.testing.assert_allclose(ends, SETTINGS.contact)


def test_no_contact_at_all_asks_for_nothing(feet, walk, ask):
    goal = ask(walk)
    targets = feet.targets(replace(goal, contact=np.zeros_like(goal.contact)), SETTINGS)
    assert targets.anchor_weight.sum() + targets.floor.sum() == 0.0
    np.testing.assert_array_equal(targets.turns, goal.turns)

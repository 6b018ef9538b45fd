from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from retarget.stance import anchors, flattened, sole_normal


def sliding_foot(frames: int = 40) -> np.ndarray:
    """(T, 1, 2, 3) m: heel and toe .2 m apart, drifting along x at .1 m/s, 1 cm up."""
    soles = np.zeros((frames, 1, 2, 3))
    soles[:, 0, :, 0] = np.arange(frames)[:, None] / 300.0
    soles[:, 0, 1, 0] += 0.2
    soles[..., 2] = 0.01
    return soles


def test_a_stretch_has_one_point_on_the_ground():
    contact = np.zeros((40, 1, 2), dtype=bool)
    contact[10:20, 0, 0] = True
    soles = sliding_foot()
    place, weight = anchors(soles, contact, 300.0, grow=2)
    np.testing.assert_allclose(place[8:22, 0, 0], [[*soles[10:20, 0, 0, :2].mean(0), 0.0]] * 14)
    np.testing.assert_array_equal(place[:, 0, 1], soles[:, 0, 1])
    np.testing.assert_array_equal(weight[10:20, 0, 0], 300.0)
    np.testing.assert_allclose(weight[[8, 9, 20, 21], 0, 0], [100.0, 200.0, 200.0, 100.0])
    assert weight[:8].sum() + weight[22:].sum() + weight[:, 0, 1].sum() == 0.0


def test_heel_and_toe_stay_a_foot_s_length_apart():
    contact = np.zeros((40, 1, 2), dtype=bool)
    contact[5:25, 0, 0] = True
    contact[20:35, 0, 1] = True
    place, _ = anchors(sliding_foot(), contact, 300.0)
    span = place[22, 0, 1] - place[22, 0, 0]
    assert np.linalg.norm(span) == pytest.approx(0.2, abs=0.01)
    loose = contact.copy()
    loose[20:25, 0, 0] = False
    apart, _ = anchors(sliding_foot(), loose, 300.0)
    assert abs(np.linalg.norm(apart[22, 0, 1] - apart[15, 0, 0]) - 0.2) > 0.02


def test_contact_from_the_first_to_the_last_frame():
    contact = np.ones((40, 1, 2), dtype=bool)
    place, weight = anchors(sliding_foot(), contact, 300.0, grow=3)
    assert np.ptp(place, axis=0).max() == 0.0
    np.testing.assert_array_equal(weight, 300.0)


def test_no_contact_at_all():
    contact = np.zeros((40, 1, 2), dtype=bool)
    soles = sliding_foot()
    place, weight = anchors(soles, contact, 300.0)
    np.testing.assert_array_equal(place, soles)
    assert weight.sum() == 0.0


def test_feet_lie_flat_only_where_heel_and_toe_stand(g1, smpl_to_g1, walk, ask):
    goal = ask(walk)
    contact = goal.contact.copy()
    contact[:] = False
    contact[10, 0] = True
    contact[11, 0, 1] = True
    turns = flattened(replace(goal, contact=contact), g1, smpl_to_g1)
    foot = next(k for k, p in enumerate(smpl_to_g1.keypoints) if p.body == g1.foot_bodies[0])
    up = turns[10, foot] @ sole_normal(g1.soles[0].corners)
    np.testing.assert_allclose(up, [0, 0, 1], atol=1e-9)
    np.testing.assert_array_equal(turns[11], goal.turns[11])
    yaw = [Rotation.from_matrix(each[10, foot]).as_euler("ZYX")[0] for each in (turns, goal.turns)]
    assert yaw[0] == pytest.approx(yaw[1], abs=0.1)

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from retarget.contacts import sole_corners
from retarget.stance import Stance, flattened, sole_normal, sole_tilts, stance
from retarget.targets import Goal

WIDTHS = np.array([[0.06, 0.06]])
LEFT, RIGHT = 0, 1


def sliding_foot(frames: int = 40) -> np.ndarray:
    """(T, 1, 2, 3) m: heel and toe .2 m apart, drifting along x at .1 m/s, 1 cm up."""
    soles = np.zeros((frames, 1, 2, 3))
    soles[:, 0, :, 0] = np.arange(frames)[:, None] / 300.0
    soles[:, 0, 1, 0] += 0.2
    soles[..., 2] = 0.01
    return soles


def held(soles: np.ndarray, contact: np.ndarray, *, tilt: float = 0.0, grow: int = 1) -> Stance:
    """Stance of one foot by end and side: (T, 2, 2, 3), (T, 2, 2) and (T, 2, 2)."""
    frames = len(soles)
    goal = Goal(
        fps=30.0,
        points=np.zeros((frames, 1, 3)),
        turns=np.tile(np.eye(3), (frames, 1, 1, 1)),
        contact=contact,
        soles=soles,
        ground=0.0,
    )
    found = stance(goal, np.full((frames, 1), tilt), WIDTHS, 300.0, grow=grow)
    return Stance(*(each[:, 0].reshape(frames, 2, 2, *each.shape[3:]) for each in found))


def test_one_end_alone_is_held_at_one_corner_which_keeps_its_place():
    contact = np.zeros((40, 1, 2), dtype=bool)
    contact[10:20, 0, 0] = True
    soles = sliding_foot()
    found = held(soles, contact, tilt=0.1, grow=2)
    place = [*soles[10:20, 0, 0, :2].mean(0) - [0.0, 0.03], 0.0]
    np.testing.assert_allclose(found.anchors[8:22, 0, RIGHT], [place] * 14)
    np.testing.assert_array_equal(found.weights[10:20, 0, RIGHT], 300.0)
    ramp = found.weights[[8, 9, 20, 21], 0, RIGHT]
    np.testing.assert_allclose(ramp, [100.0, 200.0, 200.0, 100.0])
    assert found.weights[:8].sum() + found.weights[22:].sum() == 0.0
    assert found.weights[:, 1].sum() + found.weights[:, 0, LEFT].sum() == 0.0


def test_what_does_not_stand_keeps_off_the_ground_while_another_corner_does():
    contact = np.zeros((40, 1, 2), dtype=bool)
    contact[10:20, 0, 1] = True
    found = held(sliding_foot(), contact, tilt=-0.1)
    assert (found.floor[10:20, 1, LEFT] == 0.0).all()
    assert (found.floor[10:20, 1, RIGHT] > 0.0).all()
    assert (found.floor[10:20, 0] > 0.0).all()
    assert not found.floor[:10].any()


@pytest.mark.parametrize("side", [LEFT, RIGHT])
def test_a_foot_turns_about_the_corner_that_it_turned_about(side):
    angles = np.linspace(0.0, 1.5, 40)
    along = np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    across = np.stack((-np.sin(angles), np.cos(angles)), axis=-1)
    soles = np.zeros((40, 1, 2, 3))
    soles[:, 0, 1, :2] = -0.03 * across if side == LEFT else 0.03 * across
    soles[:, 0, 0, :2] = soles[:, 0, 1, :2] - 0.2 * along
    contact = np.zeros((40, 1, 2), dtype=bool)
    contact[:, 0, 1] = True
    found = held(soles, contact)
    assert (found.weights[:, 1, side] == 300.0).all()
    np.testing.assert_allclose(found.anchors[:, 1, side], 0.0, atol=1e-12)


def test_all_corners_of_a_flat_foot_stand_where_they_are_on_the_robot():
    contact = np.zeros((40, 1, 2), dtype=bool)
    contact[5:25, 0, 0] = True
    contact[20:35, 0, 1] = True
    found = held(sliding_foot(), contact)
    heel, toe = found.anchors[22]
    assert np.linalg.norm(toe - heel, axis=-1) == pytest.approx(0.2, abs=0.01)
    assert np.linalg.norm(heel[LEFT] - heel[RIGHT]) == pytest.approx(0.06)
    assert toe[LEFT, 1] > toe[RIGHT, 1]
    assert (found.weights[22] > 0.0).all()
    loose = contact.copy()
    loose[20:25, 0, 0] = False
    apart = held(sliding_foot(), loose).anchors
    assert abs(np.linalg.norm(apart[22, 1, LEFT] - apart[15, 0, LEFT]) - 0.2) > 0.02


def test_the_corner_changes_only_while_the_other_end_holds_the_foot():
    contact = np.ones((60, 1, 2), dtype=bool)
    contact[:10, 0, 0] = contact[50:, 0, 0] = False
    soles = sliding_foot(60)
    tilts = np.where(np.arange(60) < 30, 0.3, -0.3)[:, None]
    goal = Goal(
        fps=30.0,
        points=np.zeros((60, 1, 3)),
        turns=np.tile(np.eye(3), (60, 1, 1, 1)),
        contact=contact,
        soles=soles,
        ground=0.0,
    )
    weights = stance(goal, tilts, WIDTHS, 300.0).weights[:, 0].reshape(60, 2, 2)
    assert (weights[:10, 1, RIGHT] == 300.0).all()
    assert (weights[50:, 1, LEFT] == 300.0).all()
    full = (weights == 300.0).any(-1)
    assert full[10:50].all()
    assert full[:, 1].all()


def test_contact_from_the_first_to_the_last_frame():
    found = held(sliding_foot(), np.ones((40, 1, 2), dtype=bool), grow=3)
    assert np.ptp(found.anchors, axis=0).max() == 0.0
    assert (np.ptp(found.weights, axis=0) == 0.0).all()
    assert (found.weights > 0.0).all()


def test_no_contact_at_all():
    contact = np.zeros((40, 1, 2), dtype=bool)
    soles = sliding_foot()
    found = held(soles, contact)
    np.testing.assert_allclose(found.anchors.mean(2), soles[:, 0])
    assert found.weights.sum() + found.floor.sum() == 0.0


def test_tilts_are_sines_of_roll(g1, smpl_to_g1, walk, ask):
    goal = ask(walk)
    turns = np.tile(np.eye(3), (*goal.turns.shape[:2], 1, 1))
    turns[3] = Rotation.from_euler("x", 0.2).as_matrix()
    tilts = sole_tilts(replace(goal, turns=turns), g1, smpl_to_g1, sole_corners(g1))
    np.testing.assert_allclose(tilts[3], np.sin(0.2))
    np.testing.assert_allclose(tilts[4:], 0.0, atol=1e-12)


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

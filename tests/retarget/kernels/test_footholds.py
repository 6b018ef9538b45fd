"""Where the corners of one foot stand: made contacts of a foot .2 m long and .06 m wide."""

from typing import NamedTuple

import numpy as np
import pytest

from retarget.kernels.footholds import FLAT, HEEL, TOE, hold_foot, lengthen

WIDTH = np.array([0.06, 0.06])
WEIGHT, ROLLED, LIFT = 300.0, 0.005, 0.002
HEEL_LEFT, HEEL_RIGHT, TOE_LEFT, TOE_RIGHT = range(4)


class Held(NamedTuple):
    anchors: np.ndarray
    weights: np.ndarray
    floor: np.ndarray
    pivots: np.ndarray


def sliding_foot(frames: int = 40) -> np.ndarray:
    """(T, 2, 3) m: heel and toe, drifting along x at .1 m/s, 1 cm up."""
    soles = np.zeros((frames, 2, 3))
    soles[..., 0] = np.arange(frames)[:, None] / 300.0
    soles[:, 1, 0] += 0.2
    soles[..., 2] = 0.01
    return soles


def turning_foot(frames: int = 40, *, about: int) -> np.ndarray:
    """(T, 2, 3) m: a foot that turns 1.5 rad about the left or right corner of its toe, at zero."""
    angles = np.linspace(0.0, 1.5, frames)
    along = np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    across = np.stack((-np.sin(angles), np.cos(angles)), axis=-1)
    soles = np.zeros((frames, 2, 3))
    soles[:, 1, :2] = (-0.03 if about == TOE_LEFT else 0.03) * across
    soles[:, 0, :2] = soles[:, 1, :2] - 0.2 * along
    return soles


def held(soles: np.ndarray, states: np.ndarray, *, left_up: np.ndarray | float = 0.0) -> Held:
    frames = len(soles)
    heights = np.broadcast_to(np.reshape(left_up, (-1, 1)), (frames, 2)).astype(np.float64)
    found = Held(
        np.empty((frames, 4, 3)),
        np.empty((frames, 4)),
        np.empty((frames, 4)),
        np.empty(frames, dtype=np.int64),
    )
    hold_foot(soles, states, heights, WIDTH, (WEIGHT, ROLLED, LIFT), *found)
    return found


def states(text: str) -> np.ndarray:
    """Of frames: `.` in the air, `h` on the heel, `t` on the toe, `f` flat."""
    return np.array([".htf".index(letter) for letter in text], dtype=np.int64)


def test_one_end_alone_is_held_at_one_corner_which_keeps_its_place() -> None:
    soles = sliding_foot()
    found = held(soles, states("." * 10 + "h" * 10 + "." * 20), left_up=0.01)
    place = [*soles[10:20, 0, :2].mean(0) - [0.0, 0.03], 0.0]
    np.testing.assert_allclose(found.anchors[10:20, HEEL_RIGHT], [place] * 10)
    assert (found.weights[10:20, HEEL_RIGHT] == WEIGHT).all()
    assert found.weights.sum() == pytest.approx(10 * WEIGHT)
    assert (found.pivots[10:20] == HEEL_RIGHT).all()
    assert (np.delete(found.pivots, range(10, 20)) == -1).all()


def test_what_does_not_stand_keeps_off_the_ground_while_another_corner_does() -> None:
    found = held(sliding_foot(), states("." * 10 + "t" * 10 + "." * 20), left_up=-0.01)
    assert (found.floor[10:20, TOE_LEFT] == 0.0).all()
    assert (np.delete(found.floor[10:20], TOE_LEFT, axis=1) == LIFT).all()
    assert not found.floor[:10].any()


@pytest.mark.parametrize("about", [TOE_LEFT, TOE_RIGHT])
def test_a_foot_turns_about_the_corner_that_it_turned_about(about: int) -> None:
    found = held(turning_foot(about=about), states("t" * 40))
    assert (found.pivots == about).all()
    np.testing.assert_allclose(found.anchors[:, about], 0.0, atol=1e-12)


def test_a_tilted_foot_turns_about_its_lower_corner_though_that_moves_more() -> None:
    found = held(turning_foot(about=TOE_RIGHT), states("t" * 40), left_up=-0.01)
    assert (found.pivots == TOE_LEFT).all()


def test_a_foot_rolls_from_one_corner_to_the_other_where_both_are_low() -> None:
    found = held(sliding_foot(), states("t" * 40), left_up=np.linspace(-0.02, 0.02, 40))
    assert (found.pivots[:20] == TOE_LEFT).all()
    assert (found.pivots[20:] == TOE_RIGHT).all()
    apart = found.anchors[30, TOE_RIGHT] - found.anchors[10, TOE_LEFT]
    np.testing.assert_allclose(apart, [0.0, -0.06, 0.0], atol=1e-12)


def test_a_flat_foot_stands_on_all_corners_where_the_robot_has_them() -> None:
    found = held(sliding_foot(), states("." * 5 + "f" * 30 + "." * 5))
    assert np.ptp(found.anchors[5:35], axis=0).max() == 0.0
    heel_left, heel_right, toe_left, toe_right = found.anchors[20]
    assert np.linalg.norm(toe_left - heel_left) == pytest.approx(0.2)
    assert np.linalg.norm(toe_right - heel_right) == pytest.approx(0.2)
    assert heel_left[1] - heel_right[1] == pytest.approx(0.06)
    np.testing.assert_allclose(found.anchors[20, :, :2].mean(0), [0.1 + 19.5 / 300.0, 0.0])
    np.testing.assert_allclose(found.weights[5:35], 0.5 * WEIGHT)


def test_a_flat_foot_that_a_robot_cannot_lay_flat_stands_on_its_lower_side() -> None:
    found = held(sliding_foot(), states("f" * 40), left_up=0.006)
    np.testing.assert_allclose(found.weights[:, [HEEL_LEFT, TOE_LEFT]], 0.0)
    np.testing.assert_allclose(found.weights[:, [HEEL_RIGHT, TOE_RIGHT]], WEIGHT)


def test_a_foot_that_is_lifted_at_one_end_and_laid_down_again_has_not_moved() -> None:
    found = held(turning_foot(60, about=TOE_LEFT), states("f" * 20 + "t" * 20 + "f" * 20))
    pivot = found.anchors[:, TOE_LEFT]
    np.testing.assert_allclose(pivot, np.tile(pivot[0], (60, 1)), atol=1e-12)
    angle = [np.arctan2(*(each[TOE_LEFT] - each[HEEL_LEFT])[1::-1]) for each in found.anchors]
    assert angle[50] - angle[10] == pytest.approx(1.0, abs=0.05)


def test_a_foot_that_goes_from_heel_to_toe_at_once_gets_places_of_their_own() -> None:
    assert HEEL + TOE == FLAT
    soles = sliding_foot()
    found = held(soles, states("h" * 20 + "t" * 20), left_up=0.01)
    np.testing.assert_allclose(found.anchors[5, HEEL_RIGHT, 0], soles[:20, 0, 0].mean())
    np.testing.assert_allclose(found.anchors[30, TOE_RIGHT, 0], soles[20:, 1, 0].mean())


def test_a_foot_that_never_touches_the_ground() -> None:
    found = held(sliding_foot(), states("." * 40))
    assert found.weights.sum() + found.floor.sum() == 0.0
    assert (found.pivots == -1).all()


def test_corners_are_held_a_little_longer_than_they_stand() -> None:
    found = held(sliding_foot(), states("." * 10 + "h" * 10 + "." * 20), left_up=0.01)
    lengthen(2, found.anchors, found.weights)
    ramp = found.weights[[7, 8, 9, 10, 19, 20, 21, 22], HEEL_RIGHT]
    np.testing.assert_allclose(ramp, [0.0, 100.0, 200.0, 300.0, 300.0, 200.0, 100.0, 0.0])
    assert np.ptp(found.anchors[8:22, HEEL_RIGHT], axis=0).max() == 0.0
    assert found.weights[:, HEEL_LEFT].sum() == 0.0


def test_holding_longer_weakens_no_corner_that_stands() -> None:
    found = held(sliding_foot(), states("f" * 20 + "t" * 20), left_up=0.01)
    before = found.weights.copy()
    lengthen(3, found.anchors, found.weights)
    assert (found.weights >= before).all()

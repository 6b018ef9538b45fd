"""Feet turned to agree with their stance: a sole whose axes are the foot's own."""

import numpy as np
from scipy.spatial.transform import Rotation

from retarget.kernels.foot_turns import settle_foot

AXES = np.eye(3)
SLOPES = (0.02, 0.05)
AIR, HEEL, TOE, FLAT = 0, 1, 2, 3
CORNERS = np.array([[-1.0, 1.0, 0.0], [-1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [1.0, -1.0, 0.0]])


def turns(frames: int, *, pitch: float = 0.0, roll: float = 0.0, yaw: float = 0.4) -> np.ndarray:
    turn = Rotation.from_euler("ZYX", [yaw, pitch, roll]).as_matrix()
    return np.tile(turn, (frames, 1, 1))


def settled(before: np.ndarray, states: list[int], *, pivot: int = -1, blend: int = 3):
    after, codes = before.copy(), np.array(states, dtype=np.int64)
    pivots = np.where((codes == HEEL) | (codes == TOE), pivot, -1)
    settle_foot(after, codes, pivots, AXES, SLOPES, blend)
    return after


def test_a_foot_on_heel_and_toe_lies_flat_and_keeps_its_heading() -> None:
    after = settled(turns(5, pitch=0.2, roll=-0.1), [FLAT] * 5)
    np.testing.assert_allclose(after[:, 2], [[0.0, 0.0, 1.0]] * 5, atol=1e-12)
    np.testing.assert_allclose(after @ after.swapaxes(1, 2), [np.eye(3)] * 5, atol=1e-12)
    heading = np.arctan2(after[0, 1, 0], after[0, 0, 0])
    np.testing.assert_allclose(heading, 0.4, atol=0.03)


def test_a_foot_in_the_air_is_left_alone() -> None:
    before = turns(6, pitch=0.3, roll=0.2)
    np.testing.assert_array_equal(settled(before, [AIR] * 6), before)


def test_the_corner_that_a_foot_turns_about_is_its_lowest() -> None:
    for pivot, state in ((0, HEEL), (1, HEEL), (2, TOE), (3, TOE)):
        for pitch in (-0.3, 0.0, 0.3):
            for roll in (-0.2, 0.0, 0.2):
                before = turns(3, pitch=pitch, roll=roll)
                after = settled(before, [state] * 3, pivot=pivot)
                heights = CORNERS @ after[1, 2]
                assert heights.argmin() == pivot
                others = np.delete(heights, pivot) - heights[pivot]
                # the corner across is two half widths away, the other end two half lengths
                assert others.min() >= 2.0 * SLOPES[0] - 1e-9


def test_a_pivot_that_is_the_lowest_already_changes_nothing() -> None:
    before = turns(4, pitch=0.3, roll=0.3)
    lowest = int((CORNERS @ before[0, 2]).argmin())
    after = settled(before, [TOE] * 4, pivot=lowest)
    assert lowest in (2, 3)
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_a_turn_fades_over_the_frames_beside() -> None:
    before = turns(9, pitch=0.2)
    after = settled(before, [AIR] * 4 + [FLAT] + [AIR] * 4, blend=3)
    left = np.arccos(np.clip(after[:, 2, 2], -1.0, 1.0))
    expected = np.array([0.2, 0.15, 0.1, 0.05, 0.0, 0.05, 0.1, 0.15, 0.2])
    np.testing.assert_allclose(left, expected, atol=1e-6)


def test_between_two_stances_both_count_but_never_more_than_one() -> None:
    before = turns(3, pitch=0.2)
    after = settled(before, [FLAT, AIR, FLAT], blend=3)
    np.testing.assert_allclose(after[1, 2], [0.0, 0.0, 1.0], atol=1e-12)


def test_without_blending_only_the_stance_is_turned() -> None:
    before = turns(3, pitch=0.2)
    after = settled(before, [AIR, FLAT, AIR], blend=0)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])

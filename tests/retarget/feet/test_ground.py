"""Feet of a goal: made ones, .2 m long."""

import numpy as np
import pytest

from retarget.feet.ground import dip_turns, height_offsets, way_offsets

FPS, RECALL_S = 30.0, 1.0
LEFT = np.array([[0.0, 1.0, 0.0]])


def foot(frames: int, *, height: float = 0.0, speed: float = 0.0) -> np.ndarray:
    """(T, 1, 2, 3) m: heel and toe .2 m apart, moving along x at m/s."""
    soles = np.zeros((frames, 1, 2, 3))
    soles[..., 0] = speed * np.arange(frames)[:, None, None] / FPS
    soles[:, :, 1, 0] += 0.2
    soles[..., 2] = height
    return soles


def standing(frames: int, *, ends: tuple[bool, bool] = (True, True)) -> np.ndarray:
    return np.tile(np.array(ends), (frames, 1, 1))


def test_a_floating_foot_comes_down_and_a_sunken_one_up() -> None:
    for height in (0.03, -0.03):
        found = height_offsets(foot(60, height=height), standing(60), FPS, RECALL_S)
        np.testing.assert_allclose(found, -height, rtol=0.01)


def test_what_no_foot_holds_goes_back_to_where_it_was() -> None:
    contact = standing(300)
    contact[100:] = False
    found = height_offsets(foot(300, height=0.03), contact, FPS, RECALL_S)
    np.testing.assert_allclose(found[:90], -0.03, rtol=0.05)
    assert np.abs(found[200:]).max() < 0.005
    assert np.abs(np.diff(found, 2)).max() * FPS**2 < 10.0


def test_a_foot_on_its_toe_lowers_a_goal_but_does_not_raise_it() -> None:
    contact = standing(60, ends=(False, True))
    up, down = (height_offsets(foot(60, height=h), contact, FPS, RECALL_S) for h in (0.03, -0.03))
    np.testing.assert_allclose(up, -0.03, rtol=0.01)
    assert not down.any()


def test_a_foot_that_slides_while_it_stands_holds_the_goal() -> None:
    found = way_offsets(foot(60, speed=0.1), standing(60), FPS, RECALL_S)
    speed = np.gradient(found, 1.0 / FPS, axis=0)
    assert (np.abs(speed[20:40, 0] + 0.09) < 0.011).all()  # recall lets it go a little
    assert not found[:, 1].any()


def test_a_foot_that_walks_away_does_not_stand_whatever_its_label_says() -> None:
    assert not way_offsets(foot(60, speed=0.8), standing(60), FPS, RECALL_S).any()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips(frames: int) -> None:
    soles, contact = foot(frames, height=0.02, speed=0.1), standing(frames)
    np.testing.assert_allclose(height_offsets(soles, contact, FPS, RECALL_S), -0.02, rtol=0.01)
    assert np.isfinite(way_offsets(soles, contact, FPS, RECALL_S)).all()


def test_no_contact_moves_nothing() -> None:
    none = standing(20, ends=(False, False))
    assert not height_offsets(foot(20, height=0.1), none, FPS, RECALL_S).any()
    assert not way_offsets(foot(20, speed=0.1), none, FPS, RECALL_S).any()


@pytest.mark.parametrize("yaw", [0.0, 2.0])
@pytest.mark.parametrize(("heel", "toe"), [(0.05, -0.02), (-0.01, 0.06)])
def test_an_end_in_the_ground_is_turned_out_of_it(yaw: float, heel: float, toe: float) -> None:
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    soles = np.array([[[*(-0.05 * ahead), heel], [*(0.15 * ahead), toe]]])
    ankle = np.array([[0.0, 0.0, 0.08]])
    frames, turns = dip_turns(ankle, soles, np.array([[-ahead[1], ahead[0], 0.0]]))
    assert frames.tolist() == [0]
    after = ankle + (soles[0] - ankle) @ turns[0].T
    assert after[:, 2].min() == pytest.approx(0.0, abs=1e-9)
    across = after[1, :2] - after[0, :2]
    assert abs(across @ [-ahead[1], ahead[0]]) < 1e-9


def test_a_foot_that_is_in_the_ground_as_a_whole_is_laid_level() -> None:
    soles = np.array([[[-0.05, 0.0, -0.01], [0.15, 0.0, -0.03]]])
    frames, turns = dip_turns(np.array([[0.0, 0.0, 0.02]]), soles, LEFT)
    after = np.array([0.0, 0.0, 0.02]) + (soles[0] - [0.0, 0.0, 0.02]) @ turns[0].T
    assert len(frames) == 1
    assert after[0, 2] == pytest.approx(after[1, 2])


def test_feet_above_the_ground_are_left_alone() -> None:
    ankle = np.array([[0.0, 0.0, 0.1]] * 5)
    frames, turns = dip_turns(ankle, foot(5, height=0.02)[:, 0], np.tile(LEFT, (5, 1)))
    assert len(frames) == len(turns) == 0


def test_a_foot_that_swings_through_the_vertical_is_turned_without_a_jump() -> None:
    pitch = np.linspace(0.6, 2.2, 100)
    arms = np.stack((np.cos(pitch), np.zeros(100), -np.sin(pitch)), axis=-1)
    ankle = np.tile([0.0, 0.0, 0.1], (100, 1))
    soles = np.stack((ankle - 0.02 * arms, ankle + 0.15 * arms), axis=1)
    frames, turns = dip_turns(ankle, soles, np.tile(LEFT, (100, 1)))
    assert (np.diff(frames) == 1).all()
    angles = np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0))
    assert np.abs(np.diff(angles)).max() < 0.02
    after = ankle[frames] + np.einsum("nij,nj->ni", turns, soles[frames, 1] - ankle[frames])
    assert (after[:, 2] >= soles[frames, 1, 2] - 1e-9)[pitch[frames] < 1.2].all()

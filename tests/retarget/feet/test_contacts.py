import numpy as np
import pytest

from retarget.feet.contacts import ground_height, label_points, sole_corners, sole_ends, sole_points
from retarget.kernels.kinematics import poses
from retarget.model import tree_of
from retarget.settings import ContactSettings


def steps(fps: float, *, ground: float = 0.0) -> np.ndarray:
    """(T, 1, 2, 3) m: a foot that stands for a second, is lifted and moved for a second, stands."""
    t = np.arange(round(3 * fps)) / fps
    swing = np.clip(t - 1.0, 0.0, 1.0)
    points = np.zeros((len(t), 1, 2, 3))
    points[..., 0] = (0.5 - 0.5 * np.cos(np.pi * swing))[:, None, None]
    points[..., 2] = (ground + 0.1 * np.sin(np.pi * swing))[:, None, None]
    points[:, 0, 1, 0] += 0.2
    return points


@pytest.mark.parametrize("fps", [24.0, 30.0, 50.0, 120.0])
def test_a_foot_touches_before_and_after_its_swing(fps):
    labels = label_points(steps(fps), fps, ContactSettings())
    t = np.arange(len(labels)) / fps
    assert labels[t < 0.95].all()
    assert labels[t > 2.05].all()
    assert not labels[(t > 1.2) & (t < 1.8)].any()


def test_labels_do_not_depend_on_the_direction_of_time():
    points = steps(30.0)
    forward = label_points(points, 30.0, ContactSettings())
    backward = label_points(points[::-1], 30.0, ContactSettings())
    np.testing.assert_array_equal(forward, backward[::-1])


def test_short_gaps_are_filled():
    points = steps(30.0)
    points[10:12, ..., 2] = 0.3
    assert not label_points(points, 30.0, ContactSettings())[10:12].any()
    assert label_points(points, 30.0, ContactSettings(fill_s=0.25))[5:25].all()


def test_short_contacts_are_dropped():
    points = steps(30.0)
    points[40:50] = points[45]
    points[40:50, ..., 2] = 0.0
    assert label_points(points, 30.0, ContactSettings())[40:50].any()
    assert not label_points(points, 30.0, ContactSettings(drop_s=0.4))[38:52].any()


def test_an_end_that_is_lifted_over_the_other_has_left():
    points = steps(30.0)
    points[:25, 0, 0, 2] = 0.045
    labels = label_points(points, 30.0, ContactSettings())
    assert labels[5:20, 0, 1].all()
    assert not labels[5:20, 0, 0].any()
    assert label_points(points, 30.0, ContactSettings(tilt=1.0))[5:20, 0, 0].all()


def test_feet_that_never_touch_and_feet_that_never_leave():
    points = steps(30.0)
    assert not label_points(points, 30.0, ContactSettings(), ground=-1.0).any()
    assert label_points(points[:20], 30.0, ContactSettings()).all()


@pytest.mark.parametrize("height", [-0.3, 0.0, 1.0])
def test_ground_is_where_slow_feet_are(height):
    points = steps(30.0, ground=height)
    points[40, 0, 0, 2] -= 0.5  # a spike
    assert ground_height(points, 30.0) == pytest.approx(height, abs=0.005)


def test_ground_of_one_frame():
    assert ground_height(steps(30.0, ground=0.2)[:1], 30.0) == pytest.approx(0.2)


def test_toes_are_in_front_of_heels(g1):
    ends = sole_ends(g1)
    assert ends.shape == (2, 2, 3)
    assert (ends[:, 1, 0] - ends[:, 0, 0] > 0.1).all()


def test_left_corners_are_on_the_left(g1):
    corners = sole_corners(g1)
    assert corners.shape == (2, 2, 2, 3)
    assert (corners[..., 0, 1] - corners[..., 1, 1] > 0.03).all()


def test_sole_points_are_carried_by_the_feet(g1):
    tree = tree_of(g1)
    pos, rot = np.empty((1, g1.num_bodies, 3)), np.empty((1, g1.num_bodies, 3, 3))
    poses(tree, np.zeros((1, 3)), np.eye(3)[None], np.zeros((1, g1.num_dofs)), pos, rot)
    points = sole_points(g1, pos, rot)
    feet = [g1.body_names.index(name) for name in g1.foot_bodies]
    wanted = np.einsum("fij,fej->fei", rot[0, feet], sole_ends(g1)) + pos[0, feet, None]
    np.testing.assert_allclose(points[0], wanted, atol=1e-12)

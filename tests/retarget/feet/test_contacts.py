import numpy as np
import pytest

from retarget.feet.contacts import label_points
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

"""Undersides of feet."""

import numpy as np
import pytest

from motionlib.robots.mjcf import compile_spec, read_model
from motionlib.robots.proposal.shapes import Posture
from motionlib.robots.proposal.soles import propose_sole


def posture_of(path) -> Posture:
    return Posture(compile_spec(path, read_model(path).spec))


def test_a_box_that_is_lowest_is_named(write_mjcf):
    posture = posture_of(write_mjcf() / "robot.xml")
    assert propose_sole(posture, posture.model.body("left_foot").id) == "left_sole"


def test_a_box_without_a_name_gives_its_corners(write_urdf):
    posture = posture_of(write_urdf() / "robot.urdf")
    corners = propose_sole(posture, posture.model.body("right_foot").id)
    assert isinstance(corners, np.ndarray)
    np.testing.assert_allclose(corners[:, 2], -0.05, atol=1e-9)
    np.testing.assert_allclose(np.ptp(corners, axis=0), [0.17, 0.08, 0.0], atol=1e-9)
    np.testing.assert_allclose(corners.mean(axis=0)[:2], [0.015, 0.0], atol=1e-9)


def test_round_feet_have_the_rectangle_that_they_stand_on(write_mjcf):
    folder = write_mjcf()
    path = folder / "robot.xml"
    text = path.read_text()
    for side in ("left", "right"):
        box = f'<geom name="{side}_sole" type="box" pos="0.015 0 -0.04" size="0.085 0.04 0.01" mass="1"/>'
        assert box in text
        balls = "".join(
            f'<geom size="0.01" pos="{x} {y} -0.04"/>' for x in (-0.05, 0.1) for y in (-0.03, 0.03)
        )
        text = text.replace(box, balls)
    path.write_text(text)
    corners = propose_sole(posture_of(path), posture_of(path).model.body("left_foot").id)
    assert isinstance(corners, np.ndarray)
    np.testing.assert_allclose(np.ptp(corners, axis=0), [0.15, 0.06, 0.0], atol=1e-9)
    assert corners[0, 2] == pytest.approx(-0.05)

"""Poses to stand in."""

import numpy as np
import pytest

from motionlib.robots.mjcf import compile_spec, read_model
from motionlib.robots.proposal.pose import mass_ahead, propose_pose
from motionlib.robots.proposal.roles import model_roles
from motionlib.robots.proposal.shapes import Posture


@pytest.fixture
def biped(write_mjcf):
    path = write_mjcf() / "robot.xml"
    model = compile_spec(path, read_model(path).spec)
    return model, model_roles(path, model)


@pytest.mark.parametrize("ahead", [0.0, 0.02])
def test_knees_bend_soles_stay_level_and_the_mass_is_where_asked(biped, ahead):
    model, roles = biped
    pose = propose_pose(model, roles, 0.6, ahead=ahead)
    posture = Posture(model, pose)
    assert pose[[1, 4]] == pytest.approx(0.6)
    for leg in roles.legs:
        np.testing.assert_allclose(posture.data.xmat[leg.tip], np.eye(3).ravel(), atol=1e-6)
    assert mass_ahead(posture, roles) == pytest.approx(ahead, abs=2e-3)


def test_knees_that_bend_the_other_way_do(write_mjcf):
    path = write_mjcf() / "robot.xml"
    path.write_text(path.read_text().replace('range="-0.1 2"', 'range="-2 0.1"'))
    model = compile_spec(path, read_model(path).spec)
    pose = propose_pose(model, model_roles(path, model), 0.6)
    assert pose[[1, 4]] == pytest.approx(-0.6)


def test_a_pose_lies_within_the_limits(write_mjcf):
    path = write_mjcf(joint=' user="1"') / "robot.xml"
    path.write_text(path.read_text().replace('range="-1 1"', 'range="0.1 0.2"', 1))
    model = compile_spec(path, read_model(path).spec)
    pose = propose_pose(model, model_roles(path, model), 0.6)
    assert np.all((pose >= model.jnt_range[1:, 0]) & (pose <= model.jnt_range[1:, 1]))

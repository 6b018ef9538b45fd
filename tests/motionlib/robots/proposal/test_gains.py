"""Servos: the model's word first, its weight's second."""

import numpy as np
import pytest

from motionlib.robots.facts.servos import ModelServo
from motionlib.robots.mjcf import compile_spec, read_model
from motionlib.robots.proposal.gains import STIFFNESS, propose_servos
from motionlib.robots.proposal.roles import model_roles

OMEGA = 2 * np.pi * 10


@pytest.fixture
def biped(write_mjcf):
    path = write_mjcf() / "robot.xml"
    model = compile_spec(path, read_model(path).spec)
    return model, model_roles(path, model)


def test_what_the_model_says_is_taken(biped):
    said = ModelServo(
        stiffness=77.0,
        damping=3.0,
        armature=0.1,
        frictionloss=0.2,
        effort_limit=9.0,
        velocity_limit=8.0,
    )
    servo = propose_servos(*biped, {"left_hip": said}, least=STIFFNESS[-1])["left_hip"]
    assert (servo.stiffness, servo.damping, servo.armature) == (77.0, 3.0, 0.1)
    assert (servo.frictionloss, servo.effort_limit, servo.velocity_limit) == (0.2, 9.0, 8.0)
    assert servo.guessed == ()


def test_an_armature_gives_beyondmimics_gains(biped):
    said = {"left_hip": ModelServo(armature=0.02, effort_limit=50.0)}
    servo = propose_servos(*biped, said, least=STIFFNESS[0])["left_hip"]
    assert servo.stiffness == pytest.approx(0.02 * OMEGA**2, rel=5e-3)
    assert servo.damping == pytest.approx(4 * 0.02 * OMEGA, rel=1e-2)
    assert servo.guessed == ("damping", "stiffness")


def test_weight_gives_what_nobody_says(biped):
    model, roles = biped
    weight_length = 9.81 * float(model.body_mass.sum()) * 0.75
    soft = propose_servos(model, roles, {}, least=STIFFNESS[0])
    stiff = propose_servos(model, roles, {}, least=STIFFNESS[2])
    knee = soft["left_knee"]
    assert knee.effort_limit == pytest.approx(0.6 * weight_length, rel=1e-2)
    assert stiff["left_knee"].stiffness > 2 * knee.stiffness
    assert knee.guessed == ("armature", "damping", "effort_limit", "stiffness")
    assert knee.velocity_limit is None
    assert soft["left_knee"] == soft["right_knee"]

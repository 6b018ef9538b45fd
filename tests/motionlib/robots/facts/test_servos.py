"""What models say about servos, in whichever of the ways."""

import pytest

from motionlib.errors import RobotError
from motionlib.robots.facts.servos import ModelServo, model_servos


def test_a_position_actuator_through_a_gear(write_mjcf):
    tail = (
        '<actuator><position joint="left_hip" kp="5" kv="0.5" gear="2" forcerange="-9 9"/>'
        "</actuator>"
    )
    joint = ' damping="1" armature="0.1" frictionloss="0.2"'
    servos = model_servos(write_mjcf(joint=joint, tail=tail) / "robot.xml")
    assert servos["left_hip"] == ModelServo(
        stiffness=20.0, damping=3.0, armature=0.1, frictionloss=0.2, effort_limit=18.0
    )
    assert servos["right_hip"] == ModelServo()


@pytest.mark.parametrize(
    ("actuator", "joint", "effort"),
    [
        ('<motor joint="left_hip" gear="3" ctrlrange="-7 7"/>', "", 21.0),
        ('<motor joint="left_hip"/>', "", None),
        ('<motor joint="left_hip" ctrlrange="-7 7"/>', ' actuatorfrcrange="-5 5"', 5.0),
        ('<position joint="left_hip" kp="5" ctrlrange="-1 1"/>', "", None),
        ("", ' actuatorfrcrange="-5 6"', 5.0),
    ],
)
def test_the_smallest_effort_counts(write_mjcf, actuator, joint, effort):
    tail = f"<actuator>{actuator}</actuator>"
    servos = model_servos(write_mjcf(joint=joint, tail=tail) / "robot.xml")
    assert servos["left_hip"].effort_limit == effort


def test_a_gain_that_nobody_wrote_is_none(write_mjcf):
    tail = '<actuator><position joint="left_hip"/></actuator>'
    servos = model_servos(write_mjcf(tail=tail) / "robot.xml")
    assert servos["left_hip"] == ModelServo()


def test_what_refers_to_another_file_is_left_out(write_mjcf):
    tail = (
        '<contact><pair geom1="floor_of_the_scene" geom2="left_sole"/></contact>'
        '<actuator><motor joint="left_hip" ctrlrange="-7 7"/></actuator>'
    )
    servos = model_servos(write_mjcf(tail=tail) / "robot.xml")
    assert servos["left_hip"].effort_limit == 7.0


def test_a_urdfs_efforts_and_speeds(write_urdf):
    servos = model_servos(write_urdf(effort=7.0) / "robot.urdf")
    assert servos["left_knee"] == ModelServo(effort_limit=7.0, velocity_limit=9.0)


def test_a_model_that_mujoco_refuses_is_named(tmp_path):
    (tmp_path / "robot.xml").write_text("<mujoco><worldbody><body/></worldbody></mujoco")
    with pytest.raises(RobotError, match=r"robot.xml: MuJoCo cannot compile it"):
        model_servos(tmp_path / "robot.xml")

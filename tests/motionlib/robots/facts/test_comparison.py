"""Every difference between model and yaml is named, with what the compiled model has."""

from motionlib.robots.facts.comparison import compare_model
from motionlib.robots.files import load_robot


def by_name(robot):
    return {fact.name: fact for fact in compare_model(robot)}


def test_the_model_stands_beside_the_yaml(write_urdf):
    said = by_name(load_robot(write_urdf(effort=5.0)))
    effort = said["effort_limit"]
    assert (effort.model, effort.yaml, effort.in_force) == ("5", "60", "60")
    assert set(effort.where.split(", ")) == {
        f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle")
    }
    speed = said["velocity_limit"]
    assert (speed.model, speed.yaml) == ("9", "inf")


def test_gains_of_the_models_actuators_are_told_where_they_differ(write_mjcf):
    tail = (
        '<actuator><position joint="left_hip" kp="80" kv="3"/>'
        '<position joint="left_knee" kp="90" kv="4"/></actuator>'
    )
    said = by_name(load_robot(write_mjcf(tail=tail, joint=' armature="0.5"')))
    assert (said["stiffness"].model, said["stiffness"].where) == ("90", "left_knee")
    assert (said["damping"].model, said["damping"].where) == ("3", "left_hip")
    armature = said["armature"]
    assert (armature.model, armature.yaml, armature.in_force) == ("0.5", "0.02", "0.02")


def test_a_clean_robot_has_nothing_to_tell_but_what_it_keeps(g1):
    assert {fact.verdict for fact in compare_model(g1)} == {"kept"}


def test_another_profile_is_compared_with_itself(microduck):
    for profile in microduck.actuator_profiles:
        assert {fact.verdict for fact in compare_model(microduck, profile=profile)} == {"kept"}


def test_a_frictionless_foot_and_a_turned_root_are_told(write_mjcf):
    folder = write_mjcf(foot=' condim="1"')
    path = folder / "robot.xml"
    path.write_text(path.read_text().replace('pos="0 0 0.75"', 'pos="0 0 0.75" euler="1.5708 0 0"'))
    said = by_name(load_robot(folder))
    foot = said["foot left_foot"]
    assert (foot.model, foot.yaml) == ("condim 1: no friction", "foot_friction 0.8")
    assert foot.in_force == "condim 3, friction 0.8"
    assert said["root base"].model.startswith("turned by 90°")


def test_another_friction_of_a_foot_is_told(write_mjcf):
    foot = by_name(load_robot(write_mjcf(foot=' friction="1.5"')))["foot right_foot"]
    assert (foot.model, foot.yaml) == ("friction 1.5", "foot_friction 0.8")
    assert foot.in_force == "condim 3, friction 0.8"
    assert "foot right_foot" not in by_name(load_robot(write_mjcf(foot=' friction="0.8"')))

"""No force that robot.yaml does not ask for acts on a joint, a body or a foot."""

import mujoco
import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import load_robot
from motionlib.robots.model import check_feet_touch, robot_model


def torque(model: mujoco.MjModel, name: str, target: float) -> float:
    """N m on a joint at rest whose servo is asked for an angle."""
    data = mujoco.MjData(model)
    data.qpos[2] = 5.0
    data.ctrl[model.actuator(name).id] = target
    mujoco.mj_forward(model, data)
    dof = int(model.joint(name).dofadr[0])
    return float(data.qfrc_actuator[dof] + data.qfrc_passive[dof])


SPRING = ' stiffness="500" springref="0.5" damping="50" frictionloss="3" armature="9"'


def test_a_spring_in_the_model_pulls_no_joint(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(joint=SPRING))
    model = robot_model(robot)
    dof = int(model.joint("left_hip").dofadr[0])
    assert model.jnt_stiffness[model.joint("left_hip").id] == 0.0
    numbers = (model.dof_damping[dof], model.dof_frictionloss[dof], model.dof_armature[dof])
    assert numbers == (4.0, 0.0, 0.02)
    assert torque(model, "left_hip", 0.1) == pytest.approx(8.0)
    fact = facts_of(robot)["joint springs"]
    assert (fact.model, fact.where) == ("500 N m/rad, rest 0.5", "left_hip")


def test_a_spring_by_its_frequency_and_curves_of_damping_go_too(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(joint=' springdamper="0.1 1"'))
    model = robot_model(robot)
    assert not model.jnt_stiffness.any()
    assert model.dof_damping[6] == 4.0
    assert facts_of(robot)["joint springs"].model == "a spring by its frequency"
    curved = robot_model(load_robot(write_mjcf(joint=' damping="1 2 3"')))
    assert not curved.dof_dampingpoly.any()


def test_the_yamls_effort_is_given_whatever_the_joint_allows(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(joint=' actuatorfrcrange="-5 5" actuatorgravcomp="true"'))
    model = robot_model(robot)
    assert torque(model, "left_hip", 10.0) == pytest.approx(60.0)
    said = facts_of(robot)
    assert said["joint actuatorfrcrange"].model == "(-5 5) N m"
    assert said["joint actuatorgravcomp"].where == "left_hip"


def test_default_classes_reach_neither_servos_nor_ground(write_mjcf):
    head = (
        '<default><general gear="10" ctrllimited="true" ctrlrange="-.1 .1"/>'
        '<position kp="7" kv="3" gear="10"/><geom condim="1" friction=".01" margin=".3" gap=".2"/>'
        '<site pos="0 0 9"/></default>'
    )
    model = robot_model(load_robot(write_mjcf(head=head)))
    assert torque(model, "left_hip", 0.5) == pytest.approx(40.0)
    np.testing.assert_array_equal(model.actuator_gear[:, 0], 1.0)
    assert not model.actuator_ctrllimited.any()
    assert not model.actuator_biasprm[:, 2].any()
    floor = model.geom("floor")
    assert (int(floor.condim[0]), float(floor.margin[0]), float(floor.friction[0])) == (3, 0, 1)


def test_a_foot_has_the_yamls_friction_even_where_the_model_has_none(write_mjcf):
    model = robot_model(load_robot(write_mjcf(foot=' condim="1" friction="0.01"')))
    sole = model.geom("left_sole")
    assert (int(sole.condim[0]), float(sole.friction[0])) == (3, 0.8)


def test_every_body_has_its_weight_and_the_root_no_drag(write_mjcf, facts_of):
    root = '<joint name="root" type="free" damping="50" armature="2" stiffness="3"/>'
    robot = load_robot(write_mjcf(root=root, body=' gravcomp="1"'))
    model = robot_model(robot)
    assert not model.body_gravcomp.any()
    assert not model.dof_damping[:6].any()
    assert not model.dof_armature[:6].any()
    assert model.jnt_stiffness[0] == 0.0
    said = facts_of(robot)
    assert said["body gravcomp"].where == "left_thigh"
    assert said["free joint"].model == "damping 50, armature 2, frictionloss 0"


def test_geoms_neither_stick_nor_run(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(foot=' surfacevel="1 0 0 0 0 0"'))
    assert "adhesion or surfacevel" in facts_of(robot)["geom"].model


@pytest.mark.parametrize("root", ["", "SLIDES"])
def test_the_root_becomes_free(write_mjcf, facts_of, root):
    kinds = (("slide", "1 0 0"), ("slide", "0 1 0"), ("slide", "0 0 1"))
    kinds += (("hinge", "1 0 0"), ("hinge", "0 1 0"), ("hinge", "0 0 1"))
    slides = "".join(
        f'<joint name="root_{i}" type="{kind}" axis="{axis}"/>'
        for i, (kind, axis) in enumerate(kinds)
    )
    robot = load_robot(write_mjcf(root=root and slides))
    plain = load_robot(write_mjcf())
    assert robot.semantic_sha256 == plain.semantic_sha256
    assert facts_of(robot)["root base"].verdict == "absorbed"


def test_a_root_that_slides_in_a_plane_is_refused(write_mjcf):
    root = '<joint type="slide" axis="1 0 0"/><joint type="hinge" axis="0 1 0"/>'
    with pytest.raises(RobotError, match=r"'base'.*1 slides and 1 hinges; write <freejoint/>"):
        load_robot(write_mjcf(root=root))


def test_a_range_is_a_limit_though_it_is_switched_off(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(joint=' limited="false" solreflimit="0.5 1"'))
    model = robot_model(robot)
    assert model.jnt_limited[1:].all()
    said = facts_of(robot)
    assert said["joint range"].verdict == "absorbed"
    assert (said["limit softness"].verdict, said["limit softness"].where) == ("kept", "left_hip")


def test_masses_from_shapes_and_soft_contacts_are_told(write_mjcf, facts_of):
    said = facts_of(load_robot(write_mjcf(foot=' solref="0.5 1"')))
    assert said["contact softness"].where == "left_sole, right_sole"
    assert "left_foot" in said["body mass"].where


def test_a_robot_that_would_fall_through_the_ground_is_refused(write_mjcf):
    robot = load_robot(write_mjcf(foot=' contype="0" conaffinity="0"'))
    with pytest.raises(RobotError, match=r"'left_foot'.*fall through.*contype=\"1\""):
        check_feet_touch(robot, robot_model(robot))
    sound = load_robot(write_mjcf(foot=' contype="0"'))
    check_feet_touch(sound, robot_model(sound))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ('<compiler angle="degree"/>', r"widest range.*0.03665 rad.*<compiler angle='radian'/>"),
        ("", None),
    ],
)
def test_ranges_in_the_other_unit_are_refused(write_mjcf, head, message):
    folder = write_mjcf(head=head)
    if message is None:
        assert load_robot(folder).num_dofs == 6
        return
    with pytest.raises(RobotError, match=message):
        load_robot(folder)


def test_degrees_read_as_radians_are_refused(write_mjcf):
    folder = write_mjcf()
    text = (folder / "robot.xml").read_text().replace('range="-1 1"', 'range="-57 57"')
    (folder / "robot.xml").write_text(text)
    with pytest.raises(RobotError, match=r"114 rad.*written in degrees and read in radians"):
        load_robot(folder)

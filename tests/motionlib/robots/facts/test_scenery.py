"""What is no part of the robot goes, and is told; what cannot go is refused."""

import mujoco
import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import load_robot
from motionlib.robots.model import FLOOR, check_feet_touch, robot_model

SCENE = (
    '<geom name="ground" type="plane" size="1 1 1" pos="0 0 0.2"/>'
    '<geom name="wall" type="box" size="1 1 1" pos="0 0 0.3"/>'
    '<body name="table"><geom name="top" type="box" size="1 1 0.1"/></body>'
    '<body name="ball" pos="1 0 1"><freejoint/><geom size="0.1" mass="1"/></body>'
    '<body name="target" mocap="true"><geom size="0.1" contype="0" conaffinity="0"/></body>'
)


@pytest.fixture
def plain(write_mjcf):
    return load_robot(write_mjcf())


def test_a_scene_leaves_the_robot_alone(write_mjcf, facts_of, plain):
    tail = (
        '<contact><pair geom1="ground" geom2="left_sole" friction="0.1 0.1 0.1 0.1 0.1"/>'
        '<exclude body1="world" body2="left_foot"/>'
        '<exclude body1="ball" body2="base"/>'
        '<exclude body1="base" body2="left_shank"/></contact>'
        '<equality><weld body1="base"/><weld body1="base" body2="target"/>'
        '<connect body1="left_foot" body2="right_foot" anchor="0 0 0" active="false"/></equality>'
    )
    robot = load_robot(write_mjcf(world=SCENE, tail=tail))
    assert robot.semantic_sha256 == plain.semantic_sha256
    assert robot.default_root_height == plain.default_root_height
    model = robot_model(robot)
    at_world = [model.geom(g).name for g in range(model.ngeom) if model.geom_bodyid[g] == 0]
    assert at_world == [FLOOR]
    assert (model.neq, model.npair, model.nexclude) == (0, 0, 1)
    said = facts_of(robot)
    assert said["world geom ground"].in_force == "the simulator's ground, at height 0"
    assert said["world geom wall"].model == "box at (0 0 0.3) m"
    for name in ("table", "ball", "target"):
        assert said[f"world body {name}"].verdict == "removed"
    assert said["contact exclude left_foot"].model == "does not touch the world"
    assert said["contact pair ground, left_sole"].verdict == "removed"
    assert said["equality weld base"].verdict == "removed"
    assert said["equality connect left_foot"].model == "inactive"


def test_feet_that_touched_a_floor_by_pairs_alone_touch_ours(write_mjcf, facts_of):
    pairs = "".join(
        f'<pair geom1="floor" geom2="{side}_sole" friction="0.1 0.1 0.1 0.1 0.1"/>'
        for side in ("left", "right")
    )
    robot = load_robot(
        write_mjcf(foot=' contype="0" conaffinity="0"', tail=f"<contact>{pairs}</contact>")
    )
    model = robot_model(robot)
    check_feet_touch(robot, model)
    assert model.npair == 0
    data = mujoco.MjData(model)
    data.qpos[2] = robot.default_root_height - 0.005
    mujoco.mj_forward(model, data)
    touching = {
        frozenset((model.geom(c.geom1).name, model.geom(c.geom2).name)) for c in data.contact
    }
    assert touching == {frozenset((FLOOR, f"{side}_sole")) for side in ("left", "right")}
    assert data.contact[0].friction[0] == pytest.approx(0.8), "the yaml's, not the pair's"
    assert facts_of(robot)["contact pair floor, left_sole"].verdict == "removed"


def test_actuators_sensors_and_keys_are_told(write_mjcf, facts_of):
    tail = (
        '<actuator><motor name="pull" joint="left_knee"/></actuator>'
        '<sensor><actuatorfrc actuator="pull"/></sensor>'
        '<keyframe><key name="home" qpos="0 0 1 1 0 0 0 0 0 0 0 0 0"/></keyframe>'
    )
    robot = load_robot(write_mjcf(tail=tail))
    said = facts_of(robot)
    assert said["actuators"].model == "1: pull"
    assert said["keyframes"].in_force == "robot.yaml's default_pose"
    assert "sensors" in said
    assert robot_model(robot).nu == robot.num_dofs


def test_actuators_of_every_kind_go(write_mjcf):
    head = (
        '<extension><plugin plugin="mujoco.pid"><instance name="p"><config key="kp" value="4"/>'
        "</instance></plugin></extension>"
    )
    tail = (
        '<actuator><muscle joint="left_knee" lengthrange="0.1 1"/>'
        '<general joint="left_hip" dyntype="filter" dynprm="1"/><adhesion body="left_foot" '
        'ctrlrange="0 1"/><plugin joint="right_knee" plugin="mujoco.pid" instance="p"/></actuator>'
    )
    robot = load_robot(write_mjcf(head=head, tail=tail))
    model = robot_model(robot)
    assert (model.nu, model.na, model.nplugin) == (robot.num_dofs, 0, 0)


def test_tendons_pull_on_nothing(write_mjcf, facts_of):
    tail = (
        '<tendon><fixed name="cord" stiffness="900" damping="3" range="0 .1">'
        '<joint joint="left_hip" coef="1"/><joint joint="right_hip" coef="1"/></fixed></tendon>'
        '<equality><tendon tendon1="cord"/></equality>'
    )
    robot = load_robot(write_mjcf(tail=tail))
    model = robot_model(robot)
    assert (model.ntendon, model.neq) == (0, 0)
    assert "stiffness 900" in facts_of(robot)["tendon cord"].model


def test_a_coupled_joint_becomes_a_dof_of_its_own(write_mjcf, facts_of):
    tail = '<equality><joint joint1="left_knee" joint2="right_knee"/></equality>'
    robot = load_robot(write_mjcf(tail=tail))
    fact = facts_of(robot)["equality joint left_knee"]
    assert fact.model == "follows right_knee, polynomial (0 1 0 0 0)"
    assert fact.in_force == "a dof of its own, with robot.yaml's servo"
    assert robot_model(robot).neq == 0


def test_a_closed_loop_is_refused_with_a_remedy(write_mjcf):
    tail = '<equality><connect body1="left_foot" body2="right_foot" anchor="0 0 0"/></equality>'
    message = r"equality connect: expected none .*'left_foot' and 'right_foot'.*closed loop.*remove"
    with pytest.raises(RobotError, match=message):
        load_robot(write_mjcf(tail=tail))


def test_two_robots_are_refused(write_mjcf):
    other = '<body name="arm"><joint name="turn"/><geom size="0.1"/></body>'
    with pytest.raises(RobotError, match=r"expected one root body, found arm, base; keep"):
        load_robot(write_mjcf(world=other))


def test_soft_bodies_are_refused(write_mjcf):
    cloth = (
        '<body name="cloth" pos="0 0 2"><flexcomp type="grid" name="sheet" count="3 3 1" '
        'spacing="0.1 0.1 0.1" radius="0.01" dim="2" mass="1"/></body>'
    )
    with pytest.raises(RobotError, match=r"flex 'sheet'.*rigid"):
        load_robot(write_mjcf(world=cloth))


def test_a_box_in_the_world_does_not_hold_the_robot_up(write_mjcf, plain):
    inside = load_robot(write_mjcf(world='<geom type="box" size="1 1 0.4"/>'))
    assert robot_model(inside).ngeom == robot_model(plain).ngeom
    np.testing.assert_array_equal(inside.soles[0].corners, plain.soles[0].corners)

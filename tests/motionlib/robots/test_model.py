"""The compiled model: order, servos, friction, and how the robots stand."""

import mujoco
import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.robots.model import FLOOR, default_qpos, mujoco_spec, robot_actuators, robot_model
from motionlib.robots.report import standing_trial


@pytest.fixture(params=["microduck", "g1", "open_duck"])
def robot(request: pytest.FixtureRequest) -> Robot:
    return request.getfixturevalue(request.param)


def _posed(robot: Robot) -> tuple[mujoco.MjModel, mujoco.MjData]:
    model = robot_model(robot)
    data = mujoco.MjData(model)
    data.qpos[:] = default_qpos(robot)
    mujoco.mj_forward(model, data)
    return model, data


def test_model_is_in_robot_order(robot: Robot) -> None:
    model = robot_model(robot)
    assert tuple(model.body(i).name for i in range(1, model.nbody)) == robot.body_names
    assert tuple(model.joint(i).name for i in range(1, model.njnt)) == robot.dof_names
    assert tuple(model.actuator(i).name for i in range(model.nu)) == robot.dof_names
    assert model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
    np.testing.assert_array_equal(model.actuator_trnid[:, 0], np.arange(1, model.njnt))


def test_servos_have_the_profiles_numbers(microduck: Robot) -> None:
    for profile, servos in microduck.actuator_profiles.items():
        model = robot_model(microduck, profile=profile, timestep=0.002)
        assert model.opt.timestep == 0.002
        np.testing.assert_array_equal(model.actuator_gainprm[:, 0], servos.stiffness)
        np.testing.assert_array_equal(model.actuator_biasprm[:, 1], -servos.stiffness)
        np.testing.assert_array_equal(model.dof_damping[6:].reshape(14, -1)[:, 0], servos.damping)
        np.testing.assert_array_equal(model.dof_armature[6:], servos.armature)
        np.testing.assert_array_equal(model.dof_frictionloss[6:], servos.frictionloss)
        np.testing.assert_array_equal(model.actuator_forcerange[:, 1], servos.effort_limit)
        assert model.dof_damping[:6].max() == 0.0


def test_effort_limit_binds(microduck: Robot) -> None:
    model, data = _posed(microduck)
    data.ctrl[:] = microduck.default_dof_pos + 1.0
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.actuator_force, 0.8)


def test_soles_touch_the_ground_in_the_default_pose(robot: Robot) -> None:
    _, data = _posed(robot)
    lowest = np.inf
    for sole in robot.soles:
        pose = data.body(sole.body)
        heights = (pose.xpos + sole.corners @ pose.xmat.reshape(3, 3).T)[:, 2]
        assert np.ptp(heights) < 2e-3  # level
        lowest = min(lowest, heights.min())
    assert lowest == pytest.approx(0.0, abs=1e-9)


def test_left_is_left_and_the_head_is_above(robot: Robot) -> None:
    _, data = _posed(robot)
    left, right = (data.body(foot).xpos for foot in robot.foot_bodies)
    assert left[1] > 0.03
    assert right[1] < -0.03
    head = data.body(robot.head_body).xpos[2]
    assert data.body(robot.body_names[0]).xpos[2] < head < robot.standing_height


def test_toes_point_forward(robot: Robot) -> None:
    _, data = _posed(robot)
    for sole in robot.soles:
        ahead = (sole.corners @ data.body(sole.body).xmat.reshape(3, 3).T)[:, 0]
        assert ahead.max() > -ahead.min() > 0.0  # of the ankle


def test_nothing_but_soles_touches_in_the_default_pose(robot: Robot) -> None:
    model, data = _posed(robot)
    for contact in data.contact[: data.ncon]:
        names = {model.geom(contact.geom1).name, model.geom(contact.geom2).name}
        assert names in ({FLOOR, "left_sole"}, {FLOOR, "right_sole"})


def test_feet_can_meet_each_other(microduck: Robot) -> None:
    model, data = _posed(microduck)
    data.qpos[2] = 1.0  # in the air
    met = []
    for sign in (1.0, -1.0):  # one of the two rolls both legs inwards
        data.joint("left_hip_roll").qpos[0] = sign * 0.69
        data.joint("right_hip_roll").qpos[0] = -sign * 0.69
        mujoco.mj_forward(model, data)
        met.append({model.geom(g).name for c in data.contact[: data.ncon] for g in c.geom})
    apart, together = sorted(met, key=len)
    assert apart == set()
    assert {"left_sole", "right_sole"} <= together


def test_foot_friction_wins_over_the_floors(microduck: Robot) -> None:
    model, data = _posed(microduck)
    data.qpos[2] -= 0.001
    mujoco.mj_forward(model, data)
    assert data.ncon == 8
    for contact in data.contact[: data.ncon]:
        assert contact.friction[0] == 0.6


def test_total_masses_are_the_vendors(microduck: Robot, g1: Robot, open_duck: Robot) -> None:
    masses = [robot_model(robot).body_mass.sum() for robot in (microduck, g1, open_duck)]
    np.testing.assert_allclose(masses, (0.8888, 33.3411, 2.1071), atol=5e-5)


def test_floor_can_be_left_to_the_simulator(microduck: Robot) -> None:
    assert FLOOR not in [geom.name for geom in mujoco_spec(microduck, floor=False).geoms]


def test_unknown_profile_names_the_nearest(microduck: Robot) -> None:
    with pytest.raises(RobotError, match="microduck: unknown actuator profile 'stif'; nearest: st"):
        robot_actuators(microduck, profile="stif")


def test_microduck_stands_stiff_and_topples_soft(microduck: Robot) -> None:
    stiff = standing_trial(microduck, profile="stiff", trial_s=10.0)
    assert stiff.stood_s == pytest.approx(10.0)
    assert stiff.self_contacts == ()
    soft = standing_trial(microduck, profile="soft", trial_s=10.0)
    assert 0.5 < soft.stood_s < 1.1


def test_open_duck_stands(open_duck: Robot) -> None:
    assert standing_trial(open_duck, trial_s=10.0).stood_s == pytest.approx(10.0)

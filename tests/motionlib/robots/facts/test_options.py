"""The world is the same for every robot, whatever its model asks for."""

import mujoco
import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model
from motionlib.robots.report import standing_trial


def test_gravity_acts_where_the_model_has_none(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(head='<option gravity="0 0 0"/>'))
    model = robot_model(robot)
    np.testing.assert_array_equal(model.opt.gravity, (0.0, 0.0, -9.81))
    fact = facts_of(robot)["gravity"]
    assert (fact.model, fact.in_force) == ("(0 0 0) m/s²", "(0 0 -9.81) m/s²")
    data = mujoco.MjData(model)
    data.qpos[2] = 5.0
    for _ in range(20):
        mujoco.mj_step(model, data)
    assert data.qvel[2] == pytest.approx(-9.81 * 0.1, rel=0.02), "it falls"


def test_a_robot_that_cannot_stand_falls_in_its_trial_without_gravity_too(write_mjcf):
    weak = load_robot(write_mjcf(head='<option gravity="0 0 0"/>', joint=' ref="0"'))
    folder = weak.files[0].parent
    yaml = folder / "robot.yaml"
    yaml.write_text(yaml.read_text().replace("stiffness: 80.0", "stiffness: 1.0"))
    assert standing_trial(load_robot(folder), trial_s=3.0).stood_s < 3.0


@pytest.mark.parametrize("gravity", ["0 -9.81 0", "0 0 9.81", "9.81 0 0"])
def test_a_model_that_is_not_z_up_is_refused(write_mjcf, gravity):
    with pytest.raises(RobotError, match=r"robot.xml: option gravity: expected it along -z.*turn"):
        load_robot(write_mjcf(head=f'<option gravity="{gravity}"/>'))


def test_gravity_a_little_different_is_ours(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(head='<option gravity="0 0 -9.80665"/>'))
    assert robot_model(robot).opt.gravity[2] == -9.81
    assert "gravity" in facts_of(robot)


def test_no_switch_stays_off(write_mjcf, facts_of):
    off = (
        '<option actuatorgroupdisable="0"><flag gravity="disable" contact="disable" '
        'limit="disable" actuation="disable" constraint="disable" eulerdamp="disable" '
        'filterparent="disable" energy="enable"/></option>'
    )
    robot = load_robot(write_mjcf(head=off))
    model = robot_model(robot)
    assert (model.opt.disableflags, model.opt.enableflags, model.opt.disableactuator) == (0, 0, 0)
    said = facts_of(robot)
    for name in ("gravity", "contact", "limit", "actuation", "constraint", "eulerdamp"):
        fact = said[f"flag {name}"]
        assert (fact.model, fact.in_force, fact.verdict) == ("disabled", "enabled", "overridden")
    assert said["flag energy"].in_force == "disabled"
    assert said["option disableactuator"].model == "1"


def test_the_air_is_still_and_the_integrator_eulers(write_mjcf, facts_of):
    robot = load_robot(
        write_mjcf(head='<option density="1000" viscosity="1" wind="3 0 0" integrator="RK4"/>')
    )
    option = robot_model(robot).opt
    assert (option.density, option.viscosity, *option.wind) == (0, 0, 0, 0, 0)
    assert option.integrator == mujoco.mjtIntegrator.mjINT_EULER
    assert {"option density", "option viscosity", "option wind"} <= set(facts_of(robot))
    assert facts_of(robot)["option integrator"].model == "rk4"


def test_a_time_step_of_its_own_is_told(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(head='<option timestep="0.0005"/>'))
    assert facts_of(robot)["option timestep"].model == "0.0005 s"
    assert robot_model(robot).opt.timestep == 0.005


def test_how_contacts_are_solved_stays_and_is_told(write_mjcf, facts_of):
    robot = load_robot(write_mjcf(head='<option iterations="7" impratio="10" cone="elliptic"/>'))
    option = robot_model(robot).opt
    assert (option.iterations, option.impratio, option.cone) == (7, 10, 1)
    assert facts_of(robot)["option impratio"].verdict == "kept"


def test_buffers_are_as_large_as_needed_and_masses_are_told(write_mjcf, facts_of):
    head = '<compiler settotalmass="30" inertiafromgeom="true"/><size nconmax="1" njmax="2"/>'
    robot = load_robot(write_mjcf(head=head))
    said = facts_of(robot)
    assert (said["size nconmax"].model, said["size nconmax"].in_force) == ("1", "as needed")
    assert said["compiler settotalmass"].verdict == "kept"
    assert said["compiler inertiafromgeom"].model == "true"
    model = robot_model(robot)
    assert model.body_mass.sum() == pytest.approx(30.0)
    data = mujoco.MjData(model)
    data.qpos[2] = robot.default_root_height - 0.01
    mujoco.mj_forward(model, data)
    assert data.ncon > 1

"""A first robot.yaml: written beside a model alone, read back, and standing."""

import shutil

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import load_robot
from motionlib.robots.proposal.proposal import write_first_yaml
from motionlib.robots.report import standing_trial


@pytest.mark.parametrize("kind", ["mjcf", "urdf"])
def test_a_models_first_yaml_is_a_robot_that_stands(write_mjcf, write_urdf, kind):
    if kind == "mjcf":
        tail = "".join(
            f'<position joint="{side}_{joint}" kp="150" kv="8" forcerange="-70 70"/>'
            for side in ("left", "right")
            for joint in ("hip", "knee", "ankle")
        )
        model = write_mjcf(tail=f"<actuator>{tail}</actuator>") / "robot.xml"
    else:
        model = write_urdf(effort=40.0) / "robot.urdf"
    model.with_name("robot.yaml").unlink()
    written = write_first_yaml(model)
    robot = load_robot(model.parent)
    assert robot.foot_bodies == ("left_foot", "right_foot")
    assert robot.tracked_bodies[0] == "base"
    servos = robot.actuator_profiles["first"]
    if kind == "mjcf":
        np.testing.assert_array_equal(servos.stiffness, 150.0)
        np.testing.assert_array_equal(servos.damping, 8.0)
        np.testing.assert_array_equal(servos.effort_limit, 70.0)
    else:
        np.testing.assert_array_equal(servos.effort_limit, 40.0)
        np.testing.assert_array_equal(servos.velocity_limit, 9.0)
        np.testing.assert_allclose(robot.soles[0].corners[:, 2], -0.05, atol=1e-6)
    assert written.stood_s == 5.0
    assert standing_trial(robot).stood_s == pytest.approx(5.0)


def test_the_microducks_own_model_is_enough(tmp_path, microduck):
    shutil.copy(microduck.xml_path, tmp_path / "duck.xml")
    written = write_first_yaml(tmp_path / "duck.xml", tmp_path / "out" / "mine", name="my duck")
    robot = written.robot
    assert robot.name == "my_duck"
    assert robot.xml_path == (tmp_path / "duck.xml").resolve()
    assert "model: ../../duck.xml" in written.path.read_text().replace('"', "")
    assert robot.semantic_sha256 == microduck.semantic_sha256
    for own, known in zip(robot.soles, microduck.soles, strict=True):
        np.testing.assert_allclose(own.corners, known.corners, atol=1e-9)
    assert robot.standing_height == pytest.approx(microduck.standing_height, rel=0.2)
    assert written.stood_s == 5.0


def test_a_keyframe_that_stands_is_taken(write_mjcf):
    knees = "0 0 0.74 1 0 0 0 -0.15 0.3 -0.15 -0.15 0.3 -0.15"
    model = write_mjcf(tail=f'<keyframe><key name="home" qpos="{knees}"/></keyframe>') / "robot.xml"
    model.write_text(model.read_text().replace('range="-0.1 2"', 'range="0.05 2"'))
    model.with_name("robot.yaml").unlink()
    written = write_first_yaml(model)
    assert "# guess: the model's keyframe home; it stands for 5 s" in written.path.read_text()
    np.testing.assert_allclose(written.robot.default_dof_pos[:3], [-0.15, 0.3, -0.15])


def test_a_robot_that_would_fall_through_the_ground_gets_no_yaml(write_mjcf):
    model = write_mjcf(foot=' contype="0" conaffinity="0"') / "robot.xml"
    model.with_name("robot.yaml").unlink()
    with pytest.raises(RobotError, match=r"'left_foot'.*fall through"):
        write_first_yaml(model)
    assert not model.with_name("robot.yaml").exists()


def test_nothing_is_overwritten_and_nothing_made_of_nothing(write_mjcf, tmp_path):
    folder = write_mjcf()
    before = (folder / "robot.yaml").read_text()
    with pytest.raises(RobotError, match=r"robot.yaml: is there already; name another folder"):
        write_first_yaml(folder / "robot.xml")
    assert (folder / "robot.yaml").read_text() == before
    with pytest.raises(RobotError, match=r"none.xml: no such file; expected an MJCF or URDF"):
        write_first_yaml(folder / "none.xml", tmp_path / "new")
    (folder / "robot.xml").write_text("name: robot")
    with pytest.raises(RobotError, match=r"robot.xml: MuJoCo cannot read it"):
        write_first_yaml(folder / "robot.xml", tmp_path / "new")
    assert not (tmp_path / "new").exists()

"""Poses tried in simulation."""

import pytest

from motionlib.robots.files import load_robot
from motionlib.robots.mjcf import compile_spec, read_model
from motionlib.robots.model import robot_model
from motionlib.robots.proposal.roles import model_roles
from motionlib.robots.proposal.trial import TRIAL_S, PoseTrial, standing_text


def trial_of(folder) -> PoseTrial:
    robot = load_robot(folder)
    path = robot.xml_path
    roles = model_roles(path, compile_spec(path, read_model(path).spec))
    return PoseTrial(robot, robot_model(robot), roles)


def test_strong_servos_stand_and_weak_ones_fall(write_mjcf):
    strong, weak = write_mjcf(), write_mjcf()
    for folder, stiffness in ((strong, "400.0"), (weak, "2.0")):
        yaml = folder / "robot.yaml"
        yaml.write_text(yaml.read_text().replace("stiffness: 80.0", f"stiffness: {stiffness}"))
    pose, stood_s = trial_of(strong).stand(0.6)
    assert stood_s == TRIAL_S
    assert pose[1] == pytest.approx(0.6)
    assert trial_of(weak).stand(0.6)[1] < 2.0


def test_what_came_of_it_is_told():
    assert standing_text(TRIAL_S) == "it stands for 5 s in simulation"
    assert standing_text(1.25).startswith("IT FALLS after 1.2 s")

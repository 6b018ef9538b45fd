"""Simulators by name."""

import pytest

from motionlib.robot import Robot
from training.simulators.base import SimulatorConfig
from training.simulators.opening import open_simulator, simulator_names


def test_a_known_name_opens(microduck: Robot) -> None:
    assert simulator_names() == ("mujoco",)
    simulator = open_simulator(SimulatorConfig(), microduck, num_envs=2)
    assert simulator.num_envs == 2
    assert simulator.state().body_pos.shape == (2, microduck.num_bodies, 3)


def test_an_unknown_name_offers_the_nearest(microduck: Robot) -> None:
    with pytest.raises(ValueError, match="unknown simulator 'mujocu'; nearest: mujoco"):
        open_simulator(SimulatorConfig(name="mujocu"), microduck, num_envs=1)

"""Height fields in MuJoCo: where its own rays hit is where we say the ground is."""

import mujoco
import numpy as np
import pytest
import torch

from motionlib.robot import Robot
from motionlib.robots.model import FLOOR
from training.simulators.base import SimulatorConfig
from training.simulators.mujoco import MujocoSimulator
from training.simulators.terrain import Terrain


def make_simulator(robot: Robot, terrain: Terrain) -> MujocoSimulator:
    return MujocoSimulator(robot, SimulatorConfig(num_threads=1), num_envs=1, terrain=terrain)


def hit_from_above(simulator: MujocoSimulator, x: float, y: float) -> float:
    data = mujoco.MjData(simulator.model)
    mujoco.mj_forward(simulator.model, data)
    geom, top = np.zeros(1, dtype=np.int32), 20.0
    groups = np.ones(6, dtype=np.uint8)
    start, down = np.array([x, y, top]), np.array([0.0, 0.0, -1.0])
    distance = mujoco.mj_ray(simulator.model, data, start, down, groups, 1, -1, geom)
    assert geom[0] == simulator.model.geom(FLOOR).id
    return top - distance


def test_rays_hit_where_heights_say(microduck: Robot) -> None:
    generator = np.random.default_rng(0)
    heights = generator.uniform(-0.5, 0.7, (6, 9))
    simulator = make_simulator(microduck, Terrain(heights=heights, extent=(4.0, 2.0)))
    places = generator.uniform([-1.99, -0.99], [1.99, 0.99], (100, 2))
    places = places[np.abs(places).max(-1) > 0.3]
    ours = simulator.heights(torch.from_numpy(places).float()[None])[0].numpy()
    theirs = [hit_from_above(simulator, x, y) for x, y in places]
    np.testing.assert_allclose(ours, theirs, atol=3e-6)


@pytest.mark.parametrize("level", [0.0, -0.4])
def test_a_level_field_is_a_floor_at_its_level(microduck: Robot, level: float) -> None:
    simulator = make_simulator(microduck, Terrain(heights=np.full((3, 3), level), extent=(9, 9)))
    assert hit_from_above(simulator, 1.0, 1.5) == pytest.approx(level, abs=1e-6)

"""Simulators by name; an engine's package is imported only when it is asked for."""

import importlib

import torch

from motionlib.errors import nearest_names
from motionlib.robot import Robot
from training.simulators.base import Simulator, SimulatorConfig
from training.simulators.terrain import FLAT, Terrain

_SIMULATORS = {"mujoco": ("training.simulators.mujoco", "MujocoSimulator")}


def simulator_names() -> tuple[str, ...]:
    """Engines that `open_simulator` knows."""
    return tuple(sorted(_SIMULATORS))


def open_simulator(
    config: SimulatorConfig,
    robot: Robot,
    *,
    num_envs: int,
    device: torch.device | str = "cpu",
    terrain: Terrain = FLAT,
) -> Simulator:
    """E copies of a robot in the engine that the configuration names.

    Args:
        config: Engine and rates.
        robot: Any robot.
        num_envs: E.
        device: Where `state()` puts its tensors.
        terrain: The ground, the same for every environment.

    Raises:
        ValueError: Unknown engine; names the nearest.
    """
    if config.name not in _SIMULATORS:
        raise ValueError(
            f"unknown simulator {config.name!r}; {nearest_names(config.name, _SIMULATORS)}"
        )
    module, name = _SIMULATORS[config.name]
    engine: type[Simulator] = getattr(importlib.import_module(module), name)
    return engine(robot, config, num_envs=num_envs, device=device, terrain=terrain)

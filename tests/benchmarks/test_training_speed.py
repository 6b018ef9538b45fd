"""Whole training against raw physics: same model, threads, decimation and states.

A ratio of one run; no wall clock is asserted. Run alone to see the numbers:
`pytest tests/benchmarks/test_training_speed.py -s`.
"""

import statistics
import sys
import time
from collections.abc import Callable

import mjbatch
import pytest
import torch

from motionlib.library import library_from_motions
from motionlib.robot import Robot
from motionlib.robots.model import robot_model
from training.agents.config import NetworkConfig, PPOConfig
from training.agents.ppo import PPO
from training.envs.environment import Environment
from training.envs.presets import small_biped_config
from training.simulators.base import SimulatorConfig
from training.simulators.mujoco import MujocoSimulator

ENVS, THREADS, EPOCHS, WARM_UP = 512, 2, 6, 2
ATTEMPTS = 3
COLLAPSE = 0.5
"""Share of what quiet cores reach under which the code is slow, not the machine busy."""
_DEMO = NetworkConfig(hidden=(128, 128))
DEMO = PPOConfig(actor=_DEMO, critic=_DEMO, init_std=0.4, num_mini_epochs=4)
PAPERS = PPOConfig()


def training_ratio(robot: Robot, config: PPOConfig, make_motion: Callable) -> tuple[float, float]:
    """(training ÷ raw physics, environment steps/s of the training).

    Raw physics steps from the states that the training is in, with the targets that it set.
    """
    lib = library_from_motions([make_motion(robot, frames=500)])
    simulator = MujocoSimulator(robot, SimulatorConfig(num_threads=THREADS), num_envs=ENVS)
    env = Environment(small_biped_config(), robot, simulator, lib=lib, seed=0)
    raw = mjbatch.Batch(robot_model(robot), ENVS, num_threads=THREADS)
    agent = PPO(config, env)
    rows, ctrl = raw.bind("state"), raw.bind("ctrl")
    spent_raw, spent_training = [], []
    for epoch in range(WARM_UP + EPOCHS):
        rows[:] = simulator._rows
        ctrl[:] = simulator._ctrl.numpy()
        start = time.perf_counter()
        for _ in range(config.num_steps):
            raw.step(nstep=simulator.config.decimation)
        middle = time.perf_counter()
        agent.iterate()
        if epoch >= WARM_UP:
            spent_raw.append(middle - start)
            spent_training.append(time.perf_counter() - middle)
    # the median: one busy moment of the machine disturbs one epoch
    ratio = statistics.median(spent_raw) / statistics.median(spent_training)
    return ratio, agent.rollout.num_samples / statistics.median(spent_training)


@pytest.mark.benchmark
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "config", "aim"),
    [("128-128, 4 passes", DEMO, 0.4), ("512-256-128, 5 passes", PAPERS, 0.2)],
)
def test_training_keeps_a_share_of_the_physics(
    microduck: Robot,
    make_motion: Callable,
    capsys: pytest.CaptureFixture,
    *,
    name: str,
    config: PPOConfig,
    aim: float,
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        for _ in range(ATTEMPTS):
            ratio, speed = training_ratio(microduck, config, make_motion)
            if ratio >= aim:
                break
    finally:
        torch.set_num_threads(before)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{ENVS} environments, {THREADS} threads, {name}: training {speed:,.0f} env-steps/s, "
            f"{ratio:.2f} of raw physics (aim {aim})\n"
        )
    assert ratio >= COLLAPSE * aim

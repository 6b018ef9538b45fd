"""Environment steps against raw physics: the same model, threads, decimation and states.

Ratios of one run; no wall clock is asserted. Run alone to see the numbers:
`pytest tests/benchmarks/test_environment_speed.py -s`.
"""

import itertools
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
from training.envs.environment import Environment
from training.envs.presets import small_biped_config
from training.simulators.base import SimulatorConfig
from training.simulators.mujoco import MujocoSimulator

ENVS, THREADS, ROUNDS, WARM_UP = 1024, 2, 60, 10
BARE, WITH_POLICY = 0.75, 0.65
"""What two quiet cores reach."""
COLLAPSE = 0.5
"""Share of it under which the code is slow, not the machine busy."""
ATTEMPTS = 3


class Timings:
    """Seconds of raw physics, of an environment step and of a policy's inference, by round."""

    def __init__(self) -> None:
        self.raw: list[float] = []
        self.env: list[float] = []
        self.policy: list[float] = []

    def ratios(self) -> tuple[float, float]:
        """Raw physics over environment step, without and with the policy."""
        raw, env = quiet_seconds(self.raw), quiet_seconds(self.env)
        return raw / env, raw / (env + quiet_seconds(self.policy))


def quiet_seconds(times: list[float]) -> float:
    """The fastest tenth: what a round costs while nothing else wants the cores."""
    return statistics.quantiles(times, n=10)[0]


def policy_network(num_inputs: int, num_outputs: int) -> torch.nn.Sequential:
    widths = (num_inputs, 256, 256, 128)
    layers: list[torch.nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [torch.nn.Linear(before, after), torch.nn.ELU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], num_outputs))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(env: Environment, simulator: MujocoSimulator, raw: mjbatch.Batch) -> Timings:
    """Each round steps the raw batch from the states that the environment is in."""
    policy = policy_network(env.obs_dims["actor"], env.num_actions)
    rows, ctrl = raw.bind("state"), raw.bind("ctrl")
    generator, timings = torch.Generator().manual_seed(0), Timings()
    obs = env.reset()
    for round_number in range(WARM_UP + ROUNDS):
        actions = 0.3 * torch.randn(env.num_envs, env.num_actions, generator=generator)
        rows[:] = simulator._rows
        ctrl[:] = env.targets_from_actions(actions).numpy()
        spent_raw = seconds(lambda: raw.step(nstep=simulator.config.decimation))
        start = time.perf_counter()
        obs = env.step(actions).obs
        spent_env = time.perf_counter() - start
        spent_policy = seconds(lambda seen=obs["actor"]: policy(seen))
        if round_number >= WARM_UP:
            timings.raw.append(spent_raw)
            timings.env.append(spent_env)
            timings.policy.append(spent_policy)
    return timings


@pytest.mark.benchmark
@pytest.mark.slow
def test_environment_costs_little_beside_the_physics(
    microduck: Robot, make_motion: Callable, capsys: pytest.CaptureFixture
) -> None:
    lib = library_from_motions([make_motion(microduck, frames=500)])
    simulator = MujocoSimulator(microduck, SimulatorConfig(num_threads=THREADS), num_envs=ENVS)
    env = Environment(small_biped_config(), microduck, simulator, lib=lib, seed=0)
    raw = mjbatch.Batch(robot_model(microduck), ENVS, num_threads=THREADS)
    reached = []
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        with torch.inference_mode():
            # a busy machine disturbs one side of a ratio: the best of a few attempts counts
            for _ in range(ATTEMPTS):
                timings = measure(env, simulator, raw)
                reached.append(timings.ratios())
                if reached[-1][0] >= BARE and reached[-1][1] >= WITH_POLICY:
                    break
    finally:
        torch.set_num_threads(before)
    bare, with_policy = max(reached, key=min)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{ENVS} environments, {THREADS} threads: raw physics "
            f"{ENVS / quiet_seconds(timings.raw):,.0f} control steps/s; environment / raw "
            f"{bare:.2f} (aim {BARE}), with a 256-256-128 policy {with_policy:.2f} "
            f"(aim {WITH_POLICY})\n"
        )
    assert bare >= COLLAPSE * BARE
    assert with_policy >= COLLAPSE * WITH_POLICY

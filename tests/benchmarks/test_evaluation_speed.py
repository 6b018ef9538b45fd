"""A full evaluation against raw physics: same model, threads, decimation and states; and memory.

500 motions of mixed length under three controllers at 512 environments. Ratios of one run; no wall
clock is asserted. Run alone to see the numbers:
`pytest tests/benchmarks/test_evaluation_speed.py -m benchmark -s`.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import mjbatch
import numpy as np
import pytest
import torch

from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robots.model import robot_model
from training.agents.config import NetworkConfig
from training.agents.networks import ActorPolicy, RunningNormalizer, build_mlp
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.evaluation.controllers import Controller, PolicyController, baseline_controllers
from training.evaluation.full_evaluation import evaluate_controllers
from training.simulators.base import SimulatorConfig
from training.simulators.mujoco import MujocoSimulator

ENVS, THREADS, MOTIONS, MANY = 512, 2, 500, 11_000
AIM = 2.0
"""Times of raw physics."""
MOST_BYTES = 1_000_000_000
"""Anonymous memory of an evaluation of `MANY` motions under three controllers."""
SERIES_BYTES = 3 * 240 * 3 * 4
"""Of a long motion's errors over time, times and two errors under three controllers."""
EVERY = 25
"""Rounds between two at which states are taken for raw physics."""
HIDDEN = (128, 128)

_MEMORY = """
import sys
from pathlib import Path
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.robots.files import load_robot
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.evaluation.controllers import ZeroActionController
from training.evaluation.full_evaluation import evaluate_controllers

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))

peak = [0]
lib = load_motion_lib(Path(sys.argv[1]), load_robot("microduck"))
experiment = Experiment(name="memory", robot="microduck", env=small_biped_config())
kept = evaluate_controllers(
    experiment, lib, [ZeroActionController()], num_envs=512,
    progress=lambda *_: peak.__setitem__(0, max(peak[0], anonymous())),
)
print(max(peak[0], anonymous()), kept[0].table.nbytes)
"""


def swinging_motion(robot: Robot, number: int, frames: int) -> Motion:
    """A stand whose joints swing a little."""
    generator = torch.Generator().manual_seed(number)
    time_s = torch.arange(frames).float()[:, None] / 50.0
    rates = 1.0 + 3.0 * torch.rand(robot.num_dofs, generator=generator)
    root_pos, quat = torch.zeros(frames, 3), torch.zeros(frames, 4)
    root_pos[:, 0], root_pos[:, 2] = 0.02 * time_s[:, 0], robot.default_root_height
    quat[:, 0] = 1.0
    default = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32)
    return Motion(
        name=f"swing{number:05d}",
        robot=robot,
        fps=50.0,
        root_pos=root_pos,
        root_quat_wxyz=quat,
        dof_pos=default + 0.05 * torch.sin(rates * time_s),
        provenance=Provenance(source="made", source_sha256="ab" * 32),
    )


def mixed_library(robot: Robot) -> MotionLib:
    """Motions of 1 to 30 s, half of them under 4 s, as recordings are."""
    draws = np.random.default_rng(0).normal(np.log(200), 0.7, MOTIONS)
    lengths = np.clip(np.exp(draws), 50, 1500).astype(int).tolist()
    return library_from_motions([swinging_motion(robot, n, x) for n, x in enumerate(lengths)])


def small_policy(robot: Robot) -> PolicyController:
    """A network of the demo's size, of no skill."""
    generator, made = torch.Generator().manual_seed(0), []

    def act(obs):
        width = obs["actor"].shape[1]
        if not made:
            config, count = NetworkConfig(hidden=HIDDEN), robot.num_dofs
            net = build_mlp(config, width, num_outputs=count, generator=generator, output_gain=0.01)
            made.append(ActorPolicy(net, RunningNormalizer(width, clamp=10.0)))
        return made[0](obs)

    return PolicyController(act, groups=("actor",))


class Sampled:
    """States in which simulators stepped, taken now and then, and the time spent in stepping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.states: list[tuple[np.ndarray, np.ndarray]] = []
        self.stepping_s, self.taking_s, self._rounds = 0.0, 0.0, 0
        step = MujocoSimulator.step

        def sampled(simulator: MujocoSimulator, targets, *, env_ids) -> None:
            start = time.perf_counter()
            self._rounds += 1
            if self._rounds % EVERY == 1:
                ids = env_ids.numpy()
                self.states.append((simulator._rows[ids].copy(), targets.numpy()[ids].copy()))
            middle = time.perf_counter()
            step(simulator, targets, env_ids=env_ids)
            self.taking_s += middle - start
            self.stepping_s += time.perf_counter() - middle

        monkeypatch.setattr(MujocoSimulator, "step", sampled)

    def raw_seconds(self, robot: Robot, decimation: int) -> float:
        """s of one robot's control step in raw physics, `ENVS` robots at once."""
        raw = mjbatch.Batch(robot_model(robot), ENVS, num_threads=THREADS)
        rows, ctrl = raw.bind("state"), raw.bind("ctrl")
        states = np.concatenate([state for state, _ in self.states])
        targets = np.concatenate([target for _, target in self.states])
        spent = []
        for first in range(0, len(states) - ENVS + 1, ENVS):
            some = slice(first, first + ENVS)
            rows[:], ctrl[:] = states[some], targets[some]
            start = time.perf_counter()
            raw.step(nstep=decimation)
            spent.append(time.perf_counter() - start)
        return statistics.fmean(spent) / ENVS


def anonymous() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


@pytest.mark.benchmark
@pytest.mark.slow
def test_an_evaluation_costs_little_beside_the_physics(
    microduck: Robot, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib, config = mixed_library(microduck), SimulatorConfig(num_threads=THREADS)
    experiment = Experiment(
        name="speed", robot="microduck", env=small_biped_config(), simulator=config
    )
    controllers: tuple[Controller, ...] = (small_policy(microduck), *baseline_controllers())
    lines, spent, needed, peak, before = [], 0.0, 0.0, [0], anonymous()
    for controller in controllers:
        sampled = Sampled(monkeypatch)
        start = time.perf_counter()
        (result,) = evaluate_controllers(
            experiment,
            lib,
            [controller],
            num_envs=ENVS,
            progress=lambda *_: peak.__setitem__(0, max(peak[0], anonymous())),
        )
        seconds = time.perf_counter() - start - sampled.taking_s
        monkeypatch.undo()
        raw = sampled.raw_seconds(microduck, config.decimation) * result.motion_steps
        spent, needed = spent + seconds, needed + raw
        lines.append(
            f"  {controller.name}: {result.motion_steps:,} control steps in {seconds:.1f} s, raw "
            f"physics {raw:.1f} s, {seconds / raw:.2f} ×; in simulators {sampled.stepping_s:.1f} s"
        )
        assert result.table.num_rows == MOTIONS
    with capsys.disabled():
        sys.stdout.write(
            f"\n{MOTIONS} motions, {ENVS} environments, {THREADS} threads: {spent / needed:.2f} × "
            f"raw physics (aim {AIM}), {(max(*peak, anonymous()) - before) / 1e6:.0f} MB of "
            "anonymous memory at most\n" + "\n".join(lines) + "\n"
        )


@pytest.mark.benchmark
@pytest.mark.slow
def test_memory_does_not_grow_with_the_library(
    microduck: Robot, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """Short motions, in a process of its own; what long ones keep over time is added."""
    motions = [swinging_motion(microduck, number, 3) for number in range(MANY)]
    save_motion_lib(tmp_path / "many.pt", library_from_motions(motions))
    run = [sys.executable, "-c", _MEMORY, str(tmp_path / "many.pt")]
    told = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    peak, table = map(int, told.split())
    whole = peak + 2 * table + MANY * SERIES_BYTES
    with capsys.disabled():
        sys.stdout.write(
            f"\n{MANY:,} motions: {peak / 1e6:.0f} MB of anonymous memory, python and torch "
            f"included; with two more tables of {table / 1e6:.0f} MB and errors over time "
            f"{whole / 1e6:.0f} MB (aim {MOST_BYTES / 1e6:.0f} MB)\n"
        )
    assert whole < MOST_BYTES

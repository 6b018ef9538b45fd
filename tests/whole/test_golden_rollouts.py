"""Fifty control steps as they were: what the environment makes of recorded states does not move.

Physics differs from processor to processor, so it is not run: after every step the robots are put
where the recording says, and what is compared is what the environment computes from there and from
its own draws. `python tests/whole/test_golden_rollouts.py` makes the recordings anew, which is right
only where the task itself was changed on purpose.
"""

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from motionlib.robots.files import data_folder, load_robot
from motionlib.walking.clips import clips_of_polynomials
from training.envs.config import EnvConfig, PushConfig
from training.envs.environment import Environment
from training.envs.presets import small_biped_config
from training.envs.terms.terminations import Failure
from training.simulators.base import ResetState, SimState, SimulatorConfig
from training.simulators.mujoco import MujocoSimulator

GOLDEN = Path(__file__).parent / "golden"
ENVS, STEPS, WHOLE_EVERY = 4, 50, 10
TOLERANCE = 1e-5
STATE = ("root_pos", "root_quat_wxyz", "root_lin_vel", "root_ang_vel", "dof_pos", "dof_vel")
OUTCOME = ("reward", "terminated", "truncated")
Recording = dict[str, np.ndarray]


class Led(MujocoSimulator):
    """Steps to where a recording says, or records where physics went."""

    recorded: Mapping[str, np.ndarray] | None = None

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.now = -1
        self.states: list[dict[str, Tensor]] = []

    def step(self, targets: Tensor) -> None:
        self.now += 1
        if self.recorded is None:
            super().step(targets)
            self.states.append(own_columns(super().state()))
            return
        row = {name: torch.from_numpy(self.recorded[name][self.now]) for name in STATE}
        self.reset_to(torch.arange(self.num_envs), ResetState(**row))
        self.moved = torch.ones(self.num_envs, dtype=torch.bool)

    def reset_to(self, env_ids: Tensor, state: ResetState) -> None:
        super().reset_to(env_ids, state)
        if self.now >= 0:
            self.moved[env_ids] = False

    def state(self) -> SimState:
        state = super().state()
        if self.recorded is None or self.now < 0:
            return state
        # contacts and instability exist inside physics alone
        contacts = torch.from_numpy(self.recorded["self_contacts"][self.now])
        unstable = torch.from_numpy(self.recorded["unstable"][self.now])
        return replace(
            state,
            self_contacts=torch.where(self.moved, contacts, state.self_contacts),
            unstable=self.moved & unstable,
        )

    moved = torch.ones(ENVS, dtype=torch.bool)


def own_columns(state: SimState) -> dict[str, Tensor]:
    bodies = ("pos", "quat_wxyz", "lin_vel", "ang_vel")
    root = {f"root_{name}": getattr(state, f"body_{name}")[:, 0] for name in bodies}
    rest = ("dof_pos", "dof_vel", "self_contacts", "unstable")
    both = root | {name: getattr(state, name) for name in rest}
    return {name: value.clone() for name, value in both.items()}


def swaying(robot: Robot, *, frames: int, name: str, sway: float) -> Motion:
    """The default pose, its joints swaying by `sway` rad, drifting forward."""
    t = torch.arange(frames).unsqueeze(-1) / 50.0
    phases = torch.arange(robot.num_dofs).float()
    pose = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32)
    low, high = torch.as_tensor(robot.dof_limits, dtype=torch.float32).unbind(-1)
    wave = torch.sin(4.0 * t + phases) - torch.sin(phases)
    height = torch.full_like(t, robot.default_root_height)
    return Motion(
        name=name,
        robot=robot,
        fps=50.0,
        root_pos=torch.cat((0.1 * t, torch.zeros_like(t), height), dim=-1),
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(frames, 1),
        dof_pos=(pose + sway * wave).clamp(low, high),
        provenance=Provenance(source="made here"),
    )


def strict(config: EnvConfig, **above: float) -> dict[str, Failure]:
    changed = {name: replace(config.failures[name], above=most) for name, most in above.items()}
    return {**config.failures, **changed}


def walking_duck() -> tuple[MotionLib, EnvConfig]:
    robot = load_robot("microduck")
    path = data_folder() / "motions/microduck/reference_motions.pkl"
    clips = clips_of_polynomials(path, robot, fps=50.0, cycles=1).motions[::80]
    config = small_biped_config()
    return library_from_motions(clips), replace(
        config,
        episode_s=0.3,
        push=PushConfig(interval_s=(0.1, 0.3)),
        failures=strict(config, anchor_height=0.015, anchor_distance=0.06),
    )


def swaying_g1() -> tuple[MotionLib, EnvConfig]:
    robot = load_robot("g1")
    clips = [
        swaying(robot, frames=60, name="sway", sway=0.2),
        swaying(robot, frames=25, name="short", sway=0.4),
    ]
    failures = strict(EnvConfig(), anchor_height=0.02, anchor_tilt=0.06, end_height=0.1)
    return library_from_motions(clips), EnvConfig(episode_s=0.16, failures=failures)


CASES: dict[str, Callable[[], tuple[MotionLib, EnvConfig]]] = {
    "microduck": walking_duck,
    "g1": swaying_g1,
}


def make_env(name: str, recorded: Mapping[str, np.ndarray] | None) -> Environment:
    lib, config = CASES[name]()
    simulator = Led(lib.robot, SimulatorConfig(num_threads=1), num_envs=ENVS)
    simulator.recorded = recorded
    return Environment(config, lib.robot, simulator, lib=lib, seed=7)


def actions_at(step: int, *, num_actions: int) -> Tensor:
    """(E, A), the same numbers everywhere."""
    grid = torch.arange(ENVS * num_actions, dtype=torch.float64).view(ENVS, num_actions)
    return (1.2 * torch.sin(1.7 * grid + 0.35 * step)).float()


def sums(values: Tensor) -> np.ndarray:
    """Two weighted sums of every row: a column that moved shows, whichever it is."""
    columns = torch.arange(values.shape[-1], dtype=torch.float64)
    weights = torch.stack((torch.cos(1.3 * columns), torch.sin(2.1 * columns + 0.5)), dim=-1)
    return (values.double() @ weights).numpy()


def outcomes(env: Environment) -> Iterator[dict[str, np.ndarray]]:
    """What each step says, by name."""
    obs = env.observe()
    for step in range(STEPS):
        actions = actions_at(step, num_actions=env.num_actions)
        targets = env.targets_from_actions(actions)
        answer = env.step(actions)
        obs = answer.obs
        found = {name: getattr(answer, name).numpy().copy() for name in OUTCOME}
        found |= {f"sums/{group}": sums(values) for group, values in obs.items()}
        if step % WHOLE_EVERY == 0:
            found |= {f"whole/{group}": values.numpy().copy() for group, values in obs.items()}
        cut = torch.zeros(ENVS, 2, dtype=torch.float64)
        if answer.truncated.any():
            cut[answer.truncated] = torch.from_numpy(sums(answer.truncated_obs["critic"]))
        found["sums/truncated"] = cut.numpy()
        found["sums/targets"] = sums(targets)
        found["frames"] = torch.stack((env.command.motion_ids, env.command.frames), dim=-1).numpy()
        found |= {f"log/{name}": value.numpy() for name, value in answer.log.items()}
        yield found


def record(name: str) -> Recording:
    env = make_env(name, None)
    columns: dict[str, list[np.ndarray]] = {}
    for found in outcomes(env):
        for key, value in found.items():
            columns.setdefault(key, []).append(np.asarray(value))
    states = env.sim.states
    kept = {key: np.stack(values) for key, values in columns.items()}
    return kept | {key: torch.stack([s[key] for s in states]).numpy() for key in states[0]}


@pytest.fixture(scope="module", params=sorted(CASES))
def golden(request: pytest.FixtureRequest) -> tuple[str, Recording]:
    with np.load(GOLDEN / f"{request.param}.npz") as file:
        return request.param, dict(file)


def test_what_an_environment_says_of_recorded_states_has_not_moved(
    golden: tuple[str, Recording],
) -> None:
    name, recorded = golden
    env = make_env(name, recorded)
    for step, found in enumerate(outcomes(env)):
        for key, value in found.items():
            at = step // WHOLE_EVERY if key.startswith("whole/") else step
            wanted = recorded[key][at]
            # a sum over hundreds of columns carries the rounding of all of them
            loose = 30.0 if key.startswith("sums/") else 1.0
            np.testing.assert_allclose(
                value,
                wanted,
                rtol=TOLERANCE,
                atol=loose * TOLERANCE,
                err_msg=f"{name}, step {step}: {key}",
            )
        logged = {f"log/{key}" for key in recorded if key.startswith("log/")}
        assert {f"log/{key}" for key in found if key.startswith("log/")} == logged


def test_the_recordings_hold_every_kind_of_end(golden: tuple[str, Recording]) -> None:
    name, recorded = golden
    ended = {key for key in recorded if key.startswith("log/termination/") and recorded[key].any()}
    assert {"log/termination/clip_end", "log/termination/time_out"} <= ended
    assert recorded["terminated"].any()
    assert len(ended) >= 4, name
    assert 0.01 < recorded["terminated"].mean() < 0.2
    assert math.isfinite(recorded["reward"].sum())


if __name__ == "__main__":
    for case in CASES:
        np.savez_compressed(GOLDEN / f"{case}.npz", **record(case))
        sys.stdout.write(f"recorded {case}\n")

"""Equal motions give equal bits, however many robots run at once and in whatever order."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from motionlib.library import library_from_motions
from motionlib.motion import Motion, Provenance
from motionlib.robot import Robot
from training.agents.config import NetworkConfig
from training.agents.networks import ActorPolicy, RunningNormalizer, build_mlp
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.evaluation.controllers import PolicyController, baseline_controllers
from training.evaluation.evaluator import EvaluationResult
from training.evaluation.full_evaluation import evaluate_controllers
from training.evaluation.tiles import TILE, tiles_of

Rows = dict[tuple[str, str], dict[str, Any]]
EXPERIMENT = Experiment(name="tiles", robot="microduck", env=small_biped_config())
LENGTHS = (26, 9, 14, 5, 9, 12, 7, 10)
"""Frames; jerk needs 20."""


def swaying_motion(robot: Robot, number: int, frames: int) -> Motion:
    """A stand whose joints swing, each motion in its own way, and which glides on."""
    generator = torch.Generator().manual_seed(number)
    time = torch.arange(frames).float()[:, None] / 50.0
    rates = 2.0 + 8.0 * torch.rand(robot.num_dofs, generator=generator)
    root_pos = torch.zeros(frames, 3)
    root_pos[:, 0], root_pos[:, 2] = 0.2 * time[:, 0], robot.default_root_height
    quat = torch.zeros(frames, 4)
    quat[:, 0] = 1.0
    default = torch.as_tensor(robot.default_dof_pos, dtype=torch.float32)
    return Motion(
        name=f"sway{number:03d}",
        robot=robot,
        fps=50.0,
        root_pos=root_pos,
        root_quat_wxyz=quat,
        dof_pos=default + 0.15 * torch.sin(rates * time),
        provenance=Provenance(source="made", source_sha256="ab" * 32),
    )


def wild_policy(robot: Robot) -> PolicyController:
    """A network of usual size that nobody trained: robots fall, which shows every bit."""
    generator = torch.Generator().manual_seed(0)
    made: list[ActorPolicy] = []

    def act(obs):
        width = obs["actor"].shape[1]
        if not made:
            config, count = NetworkConfig(), robot.num_dofs
            net = build_mlp(config, width, num_outputs=count, generator=generator)
            made.append(ActorPolicy(net, RunningNormalizer(width, clamp=10.0)))
        return made[0](obs)

    return PolicyController(act, groups=("actor",))


def rows_of(results: Sequence[EvaluationResult]) -> Rows:
    """Everything that is told of each motion under each controller; floats as they are."""
    told = {}
    for result in results:
        for row in result.table.to_pylist():
            series = result.series[row["case"]]
            kept = {name: list(values) for name, values in series.values.items()}
            told[result.controller, row["case"]] = row | {"s": list(series.time_s)} | kept
    return told


@pytest.fixture(scope="module")
def motions(microduck: Robot) -> list[Motion]:
    return [swaying_motion(microduck, n, frames) for n, frames in enumerate(LENGTHS)]


@pytest.fixture(scope="module")
def policy(microduck: Robot) -> PolicyController:
    return wild_policy(microduck)


def evaluated(motions: list[Motion], policy: PolicyController, num_envs: int) -> Rows:
    lib, every = library_from_motions(motions), (policy, *baseline_controllers())
    return rows_of(evaluate_controllers(EXPERIMENT, lib, every, num_envs=num_envs))


@pytest.fixture(scope="module")
def together(motions: list[Motion], policy: PolicyController) -> Rows:
    """All motions at once."""
    return evaluated(motions, policy, 64)


def test_the_case_tells_something(together: Rows):
    """Controllers differ, somebody falls, and every motion's numbers are its own."""
    errors = [row["body_pos_error_mean"] for row in together.values()]
    assert len(set(errors)) == len(errors) == 3 * len(LENGTHS)
    assert any(row["normalized_jerk"] for row in together.values())
    assert {row["success"] for row in together.values()} == {False, True}


def test_one_at_a_time_gives_the_same_bits(
    together: Rows, motions: list[Motion], policy: PolicyController
):
    assert evaluated(motions, policy, 1) == together


def test_seven_environments_another_order_and_more_threads_give_the_same_bits(
    together: Rows, motions: list[Motion], policy: PolicyController
):
    order = torch.randperm(len(motions), generator=torch.Generator().manual_seed(3)).tolist()
    before = torch.get_num_threads()
    torch.set_num_threads(before % 2 + 1)
    try:
        assert evaluated([motions[index] for index in order], policy, 7) == together
    finally:
        torch.set_num_threads(before)


def test_two_tiles_side_by_side_give_the_same_bits(
    together: Rows, motions: list[Motion], policy: PolicyController, microduck: Robot
):
    """1,024 environments asked for: motions enough for two tiles, which share them."""
    longest = max(LENGTHS)
    many = [swaying_motion(microduck, 100 + n, longest) for n in range(TILE)]
    lib = library_from_motions([*many, *motions])
    assert tiles_of(1024, lib.num_frames) == 2
    found = rows_of(evaluate_controllers(EXPERIMENT, lib, [policy], num_envs=1024))
    assert len(found) == TILE + len(motions)
    for key, row in together.items():
        if key[0] == "policy":
            assert found[key] == row, key


@pytest.mark.parametrize(("robots", "tiles"), [(1, 1), (TILE, 1), (TILE + 1, 2), (8 * TILE, 4)])
def test_tiles_have_room_for_all_robots_that_motions_keep_busy(robots: int, tiles: int):
    assert tiles_of(robots, torch.full((4 * TILE,), 50)) == tiles


def test_one_long_motion_makes_further_tiles_useless():
    assert tiles_of(1024, torch.tensor([3000] + [50] * 1000)) == 1

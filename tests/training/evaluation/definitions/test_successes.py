import math

import pytest
import torch

from motionlib.robot import Robot
from tests.training.evaluation.definitions.rollout import Stage, still_rollout
from training.evaluation.definitions.scene import (
    Scene,
    layout_of,
    reference_bodies,
    robot_bodies,
)
from training.evaluation.definitions.successes import SCALED, SUCCESSES, VERDICTS, Successes

ON, FINE = torch.tensor([True]), torch.tensor([False])


def scene_of(robot: Robot, move=lambda bodies: None) -> Scene:
    """A robot that is its reference, but for what `move` does to its bodies."""
    rollout = still_rollout(robot, 1)
    move(rollout.done)
    stage = Stage(robot, 1)
    stage.shown = [(rollout, 0)]
    nothing = torch.zeros(3, 1, robot.num_bodies)
    return Scene(
        now=stage.moment(),
        layout=layout_of(robot),
        robot=robot_bodies(stage.state()),
        reference=reference_bodies(stage.reference()),
        earlier=(nothing, nothing),
    )


def failed(robot: Robot, move) -> set[str]:
    """Names of the definitions, as published, that a displacement fails."""
    successes = Successes(1, standing_height=robot.standing_height)
    frames = torch.tensor([1])
    successes.judge(scene_of(robot, move), broken=FINE, frames=frames, active=ON)
    row = successes.row(0, fps=50.0)
    return {each.name for each in SUCCESSES if not row[each.column]}


def aside(metres: float):
    def move(bodies) -> None:
        bodies.body_pos[:, :, 0] += metres

    return move


def turned(robot: Robot, degrees: float, axis: int):
    """The whole robot turned about the root."""

    def move(bodies) -> None:
        half = math.radians(degrees) / 2
        quat = [math.cos(half), 0.0, 0.0, 0.0]
        quat[1 + axis] = math.sin(half)
        bodies.body_quat_wxyz[:] = torch.tensor(quat)

    return move


MEAN = {"protomotions", "phc", "maskedmimic"}
NEAR = {"protomotions_25cm"}


def test_bounds_are_those_of_each_project(g1: Robot) -> None:
    assert failed(g1, aside(0.19)) == set()
    assert failed(g1, aside(0.21)) == {"sonic_training"}
    assert failed(g1, aside(0.26)) == {"sonic_training"} | NEAR
    assert failed(g1, aside(0.49)) == {"sonic_training"} | NEAR
    assert failed(g1, aside(0.51)) == {"sonic_training", "phc_strict"} | NEAR | MEAN
    # gravity's z differs by 1 - cos: 78.5° for .8
    assert "appendix_f" not in failed(g1, turned(g1, 78.0, 0))
    assert {"appendix_f", "mjlab"} <= failed(g1, turned(g1, 79.0, 0))
    assert failed(g1, turned(g1, 56.0, 2)) == {"sonic_training"}
    assert failed(g1, turned(g1, 58.0, 2)) == {"sonic_training", "sonic"}


def test_heights_of_root_anchor_and_ends(g1: Robot) -> None:
    names = g1.body_names

    def lifted(body: str, metres: float):
        def move(bodies) -> None:
            bodies.body_pos[:, names.index(body), 2] += metres

        return move

    hand, anchor = g1.hand_bodies[0], g1.anchor_body
    assert failed(g1, lifted(hand, 0.16)) == {"sonic_training"}
    assert failed(g1, lifted(hand, 0.26)) == {"sonic_training", "sonic", "mjlab"}
    assert failed(g1, lifted(anchor, 0.26)) == {"sonic_training", "mjlab"}
    assert failed(g1, lifted(names[0], 0.26)) == {"sonic", "appendix_f"}
    assert failed(g1, lifted("left_knee_link", 0.51)) == {"phc_strict"}


def test_scaled_lengths_grow_with_the_robot(microduck: Robot) -> None:
    ratio = microduck.standing_height / 1.29
    for metres, good in ((0.49 * ratio, True), (0.51 * ratio, False)):
        successes = Successes(1, standing_height=microduck.standing_height)
        scene = scene_of(microduck, aside(metres))
        successes.judge(scene, broken=FINE, frames=torch.tensor([1]), active=ON)
        row = successes.row(0, fps=50.0)
        assert row[f"success_protomotions{SCALED}"] is good
        assert row["success_protomotions"] is True


@pytest.mark.parametrize("broken", ["flag", "nan"])
def test_broken_physics_fails_every_definition_at_once_and_for_good(
    microduck: Robot, broken: str
) -> None:
    def nan(bodies) -> None:
        bodies.body_pos[:] = math.nan
        bodies.body_quat_wxyz[:] = math.nan

    successes = Successes(1, standing_height=microduck.standing_height)
    fine = scene_of(microduck)
    successes.judge(fine, broken=FINE, frames=torch.tensor([1]), active=ON)
    assert all(successes.row(0, fps=50.0)[name] for name in VERDICTS)
    scene = scene_of(microduck, nan) if broken == "nan" else fine
    flag = torch.tensor([broken == "flag"])
    alive = successes.judge(scene, broken=flag, frames=torch.tensor([4]), active=ON)
    assert not alive.any()
    successes.judge(fine, broken=FINE, frames=torch.tensor([5]), active=ON)
    row = successes.row(0, fps=50.0)
    assert not any(row[name] for name in VERDICTS)
    assert set(row["failure_s_by_definition"].values()) == {4 / 50.0}
    successes.clear(torch.tensor([0]))
    assert all(successes.row(0, fps=50.0)[name] for name in VERDICTS)


def test_an_idle_environment_is_not_judged(microduck: Robot) -> None:
    successes = Successes(1, standing_height=microduck.standing_height)
    scene = scene_of(microduck, aside(9.0))
    successes.judge(scene, broken=FINE, frames=torch.tensor([1]), active=FINE)
    assert all(successes.row(0, fps=50.0)[name] for name in VERDICTS)

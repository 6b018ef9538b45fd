"""Each cause of failure, alone."""

import math
from collections.abc import Callable

import pytest
import torch

from motionlib.robot import Robot
from motionlib.rotations import quat_from_rotvec
from training.envs.config import TerminationsConfig
from training.envs.reference import BodySelection, BodyStates
from training.envs.terminations import FAILURES, failures, up_component

CONFIG = TerminationsConfig(
    anchor_height=0.1, anchor_tilt=0.5, end_height=0.1, anchor_distance=0.3, anchor_angle=1.2
)


def bodies(selection: BodySelection) -> BodyStates:
    count = len(selection.names)
    quats = torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(1, count, 1)
    return BodyStates(torch.zeros(1, count, 3), quats, *torch.zeros(2, 1, count, 3))


def lower_anchor(state: BodyStates, selection: BodySelection) -> None:
    state.pos[:, selection.anchor, 2] -= 0.11


def lower_foot(state: BodyStates, selection: BodySelection) -> None:
    state.pos[:, selection.names.index("right_foot"), 2] += 0.11


def wander(state: BodyStates, selection: BodySelection) -> None:
    state.pos[..., :2] += 0.25


def tilt(state: BodyStates, selection: BodySelection) -> None:
    turn = quat_from_rotvec(torch.tensor([0.0, math.radians(61.0), 0.0]))
    state.quat_wxyz[:, selection.anchor] = turn


def turn_away(state: BodyStates, selection: BodySelection) -> None:
    # the negative of a quaternion is the same rotation
    state.quat_wxyz[:, selection.anchor] = -quat_from_rotvec(torch.tensor([0.0, 0.0, 1.3]))


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("anchor_height", lower_anchor),
        ("end_height", lower_foot),
        ("anchor_distance", wander),
        ("anchor_tilt", tilt),
        ("anchor_angle", turn_away),
    ],
)
def test_one_cause(
    cause: str, change: Callable[[BodyStates, BodySelection], None], microduck: Robot
) -> None:
    selection = BodySelection(microduck, end_bodies=microduck.foot_bodies, device="cpu")
    robot = bodies(selection)
    change(robot, selection)
    calm = torch.tensor([False])
    found = failures(bodies(selection), robot, calm, selection=selection, config=CONFIG)
    assert [name for name, hit in zip(FAILURES, found[0].tolist(), strict=True) if hit] == [cause]


def test_nothing_fails_on_the_reference_but_an_unstable_engine(microduck: Robot) -> None:
    selection = BodySelection(microduck, end_bodies=(), device="cpu")
    still = bodies(selection)
    found = failures(still, still, torch.tensor([True]), selection=selection, config=CONFIG)
    assert found[0].tolist() == [name == "unstable" for name in FAILURES]


def test_yaw_is_no_tilt() -> None:
    turned = quat_from_rotvec(torch.tensor([[0.0, 0.0, 2.0], [math.pi / 2, 0.0, 0.0]]))
    torch.testing.assert_close(up_component(turned), torch.tensor([1.0, 0.0]), atol=1e-6, rtol=0)

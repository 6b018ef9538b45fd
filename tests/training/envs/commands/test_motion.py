"""Robots on frames of a library."""

from collections.abc import Callable

import pytest
import torch

from motionlib.library import MotionLib
from motionlib.robot import Robot
from training.envs.commands.base import Setting
from training.envs.commands.motion import MotionCommand, MotionCommandConfig
from training.envs.commands.sampling import SamplingConfig, failures_by_motion
from training.envs.moment import facts_of
from training.envs.snapshot import BodySelection


@pytest.fixture
def make_command(microduck: Robot, lib: MotionLib) -> Callable[..., MotionCommand]:
    """`make_command(**config)`: three robots on clips of 120, 60 and 10 frames."""
    selection = BodySelection(microduck, end_bodies=microduck.foot_bodies, device="cpu")
    setting = Setting(
        robot=microduck,
        facts=facts_of(microduck, selection, control_dt=0.02, heights=torch.zeros_like),
        selection=selection,
        lib=lib,
        num_envs=3,
        generator=torch.Generator().manual_seed(0),
    )

    def make(**config) -> MotionCommand:
        return MotionCommand(MotionCommandConfig(**config), setting)

    return make


def test_the_goal_is_the_next_frame_and_zero_ahead_is_now(
    make_command: Callable[..., MotionCommand], lib: MotionLib
) -> None:
    command, ids = make_command(), torch.arange(3)
    state = command.place(ids, torch.tensor([0, 1, 2]), torch.tensor([0, 30, 8]))
    assert torch.equal(state.dof_pos, lib.states.dof_pos[[0, 150, 188]])
    assert torch.equal(command.goal(0).reference.dof_pos, state.dof_pos)
    assert torch.equal(command.goal().reference.dof_pos, lib.states.dof_pos[[1, 151, 189]])
    assert torch.equal(command.goal(5).reference.dof_pos, lib.states.dof_pos[[5, 155, 189]])
    command.advance()
    assert command.frames.tolist() == [1, 31, 9]
    assert command.ended().tolist() == [False, False, True]
    command.advance()
    assert command.frames.tolist() == [2, 32, 9], "held at the last frame"


def test_crossing_clips_ends_at_the_library_s_end(
    make_command: Callable[..., MotionCommand],
) -> None:
    command, ids = make_command(cross_clips=True), torch.arange(3)
    command.place(ids, torch.tensor([0, 1, 2]), torch.tensor([119, 59, 9]))
    assert command.ended().tolist() == [False, False, True]
    command.advance()
    assert command.motion_ids.tolist() == [1, 2, 2]
    assert command.frames.tolist() == [0, 0, 9]


def failed(command: MotionCommand, name: str) -> list[float]:
    return failures_by_motion(command.state_dict()["sampler"])[name].tolist()


def test_failures_are_heard_every_step(make_command: Callable[..., MotionCommand]) -> None:
    command, ids = make_command(sampling=SamplingConfig(alpha=1.0)), torch.arange(3)
    command.place(ids, torch.tensor([0, 1, 2]), torch.tensor([3, 40, 0]))
    command.failed(torch.tensor([1]))
    state = command.state_dict()
    assert failed(command, "sway") == [0.0, 1.0]
    other = make_command()
    other.load_state_dict(state)
    assert failed(other, "sway") == [0.0, 1.0]
    assert other.motion_ids.tolist() == [0, 1, 2]
    assert other.frames.tolist() == [3, 40, 0]
    command.failed(torch.tensor([], dtype=torch.int64))
    assert failed(command, "sway") == [0.0, 0.0]
    assert set(command.metrics()) == {"sampling_entropy", "sampling_top1_prob"}


def test_demonstrations_stay_within_clips(
    make_command: Callable[..., MotionCommand], lib: MotionLib
) -> None:
    frames = make_command().demonstrations(2000, 10)
    first, goal = frames[0]
    assert torch.equal(first.dof_pos, goal.reference.dof_pos)
    rows = torch.cdist(first.dof_vel, lib.states.dof_vel).argmin(-1)
    # the clip of ten frames fits once, that of 60 fifty-one times
    swaying = [row for row in rows.tolist() if row >= 120]
    assert {row for row in swaying if row >= 180} == {180}
    assert max(row for row in swaying if row < 180) <= 170
    with pytest.raises(ValueError, match="no clip has the 121 frames"):
        make_command().demonstrations(5, 121)

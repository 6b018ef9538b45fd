"""Quality measures against cases whose answer is known."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from motionlib.motion import Motion, Provenance, states_from_motion
from motionlib.quality import jump_frames, limit_excess, measure_motion, sole_speed
from motionlib.robot import Robot

MakeMotion = Callable[..., Motion]


def standing(robot: Robot, *, speed: float, lift: float) -> Motion:
    t = torch.arange(50) / 50.0
    zero = torch.zeros_like(t)
    return Motion(
        name="standing",
        robot=robot,
        fps=50.0,
        root_pos=torch.stack((speed * t, zero, robot.default_root_height + lift + zero), -1),
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).expand(50, 4),
        dof_pos=torch.as_tensor(robot.default_dof_pos).float().expand(50, -1),
        foot_contact=torch.ones(50, 2, dtype=torch.bool),
        provenance=Provenance(source="made here"),
    )


def test_a_dragged_robot_slides_at_its_own_speed(microduck: Robot) -> None:
    motion = standing(microduck, speed=0.05, lift=0.0)
    quality = measure_motion(motion, states_from_motion(motion))
    assert quality.foot_slide_mean == pytest.approx(0.05, rel=1e-3)
    assert quality.stance_share == 1.0
    assert quality.limit_frames == quality.jump_frames == 0


def test_sunk_and_floating_are_told_apart(microduck: Robot) -> None:
    rest = standing(microduck, speed=0.0, lift=0.0)
    sunk = standing(microduck, speed=0.0, lift=-0.02)
    high = standing(microduck, speed=0.0, lift=0.02)
    base, low, up = (measure_motion(m, states_from_motion(m)) for m in (rest, sunk, high))
    assert low.penetration_max - base.penetration_max == pytest.approx(0.02, abs=2e-3)
    assert up.floating_max == pytest.approx(0.02, abs=5e-3)


def test_limit_excess_is_the_distance_to_the_nearer_limit(microduck: Robot) -> None:
    over = torch.as_tensor(microduck.dof_limits[:, 1]).float() + 0.1
    torch.testing.assert_close(limit_excess(microduck, over), torch.full_like(over, 0.1))
    inside = torch.as_tensor(microduck.dof_limits.mean(1)).float()
    assert not limit_excess(microduck, inside).any()


def test_jumps_are_single_frames_not_fast_swings() -> None:
    swing = torch.linspace(0.0, 8.0, 40).unsqueeze(-1)
    assert jump_frames(swing) == 0
    jumpy = torch.zeros(40, 1)
    jumpy[20:] = 0.5
    assert jump_frames(jumpy) == 1


def test_sole_speed_follows_the_lowest_corner() -> None:
    corners = torch.zeros(3, 1, 4, 3)
    corners[:, 0, 1:, 2] = 0.1
    corners[:, 0, 0, 0] = torch.tensor([0.0, 0.1, 0.2])
    assert sole_speed(corners, 10.0).flatten().tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_a_clip_of_one_frame_is_measured(microduck: Robot) -> None:
    one = standing(microduck, speed=0.0, lift=0.0)
    one = replace(
        one,
        root_pos=one.root_pos[:1],
        root_quat_wxyz=one.root_quat_wxyz[:1],
        dof_pos=one.dof_pos[:1],
        foot_contact=None,
    )
    assert measure_motion(one, states_from_motion(one)).frames == 1

"""Measures of clips whose faults were put in by hand, against numbers worked out beside them."""

import numpy as np
import pytest
import torch

from motionlib.kinematics import Kinematics, local_quats
from motionlib.plausibility_measures import (
    clip_values,
    held,
    joint_speeds,
    median,
    rate_ratio,
    speeds_of,
    tilt_median,
    unnamed_values,
)
from motionlib.rotations import quat_angle

FPS = 50.0


def test_what_is_held_lasts_a_tenth_of_a_second() -> None:
    values = np.zeros((40, 2))
    values[10:14, 0] = 9.0
    assert held(values, FPS) == 0.0
    values[10:15, 0] = [-9.0, 9.0, 8.0, 9.0, 9.0]
    assert held(values, FPS) == 8.0
    assert held(values[10:12], FPS) == 9.0, "of less than that, all"
    assert held(values[:0], FPS) == 0.0


def test_speeds_and_tilts() -> None:
    pos = np.cumsum(np.full((5, 1, 3), 0.02), axis=0)
    assert speeds_of(pos, FPS) == pytest.approx(np.sqrt(3.0))
    half = np.radians(35.0)
    quats = np.tile([np.cos(half), np.sin(half), 0.0, 0.0], (9, 1))
    assert tilt_median(quats) == pytest.approx(np.radians(70.0))
    quats[:4] = [1.0, 0.0, 0.0, 0.0]
    assert tilt_median(quats) == pytest.approx(np.radians(70.0))


def test_speeds_of_rotation_vectors_are_those_of_their_rotations(smpl) -> None:
    rng = np.random.default_rng(0)
    dof_pos = np.cumsum(rng.normal(scale=0.2, size=(30, smpl.num_dofs)), axis=0)
    quats = local_quats(torch.from_numpy(dof_pos))
    expected = quat_angle(quats[:-1], quats[1:]).numpy() * FPS
    np.testing.assert_allclose(joint_speeds(smpl, dof_pos, FPS), expected, atol=1e-5)
    # a vector that passes half a turn and comes out at the other end has not moved
    ends = np.zeros((2, smpl.num_dofs))
    ends[:, 0] = [np.pi - 0.01, -np.pi + 0.01]
    assert joint_speeds(smpl, ends, FPS).max() == pytest.approx(0.02 * FPS, rel=1e-3)


def test_a_rate_against_velocities() -> None:
    t = np.arange(100)[:, None] / FPS
    pos, vel = np.sin(3.0 * t + [0.0, 1.0]), 3.0 * np.cos(3.0 * t + [0.0, 1.0])
    speeds = np.diff(pos, axis=0) * FPS
    assert rate_ratio(speeds, vel) == pytest.approx(1.0, abs=0.01)
    assert rate_ratio(speeds / 4.0, vel) == pytest.approx(4.0, abs=0.02)
    assert rate_ratio(speeds * 4.0, vel) == pytest.approx(4.0, abs=0.02)
    assert rate_ratio(speeds, vel[::-1]) == 1.0, "of other poses"
    late = np.roll(vel, 4, axis=0)
    noisy = vel + np.random.default_rng(0).normal(scale=0.9, size=vel.shape)
    assert rate_ratio(speeds, late) == rate_ratio(speeds, noisy) == 1.0
    assert rate_ratio(speeds, 0.0 * vel) == rate_ratio(0.0 * speeds, vel) == 1.0


def standing(robot, lift: float, frames: int = 50) -> dict[str, np.ndarray]:
    """Poses of a robot that stands in its default pose, lifted by so much."""
    dofs = torch.from_numpy(np.tile(robot.default_dof_pos, (frames, 1)))
    root = torch.tensor([0.0, 0.0, robot.default_root_height + lift], dtype=torch.float64)
    quat = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64).expand(frames, 4)
    poses = Kinematics(robot, dtype=torch.float64).forward(root.expand(frames, 3), quat, dofs)
    feet = [robot.body_names.index(sole.body) for sole in robot.soles]
    return {
        "root_quat_wxyz": quat.numpy(),
        "dof_pos": dofs.numpy(),
        "body_pos": poses.body_pos.numpy().copy(),
        "foot_quats": poses.body_quat_wxyz[:, feet].numpy(),
    }


@pytest.mark.parametrize("lift", [-0.3, -0.04, 0.0, 0.04, 1.0])
def test_heights_of_a_floor_that_is_elsewhere(g1, lift) -> None:
    found = clip_values(g1, FPS, **standing(g1, lift))
    assert found["sole_above_ground"] == pytest.approx(max(lift, 0.0), abs=2e-3)
    assert found["sole_below_ground"] == pytest.approx(max(-lift, 0.0), abs=2e-3)


def test_a_foot_that_dips_and_a_body_that_lies_are_no_matter_of_floors(g1) -> None:
    poses = standing(g1, 0.0)
    poses["body_pos"][20:24, :, 2] -= 0.3
    assert clip_values(g1, FPS, **poses)["sole_below_ground"] < 0.01
    lying = standing(g1, 0.5)
    lying["body_pos"][:, 0, 2] = 0.1
    assert clip_values(g1, FPS, **lying)["sole_above_ground"] == 0.0
    del lying["foot_quats"]
    unasked = clip_values(g1, FPS, **lying)
    assert not [name for name in unasked if name.startswith("sole")]


def test_a_joint_beyond_its_limits_in_most_frames(g1) -> None:
    poses = standing(g1, 0.0)
    high = g1.dof_limits[3, 1]
    poses["dof_pos"][:26, 3] = high + 0.5
    assert clip_values(g1, FPS, **poses)["limit_excess_median"] == pytest.approx(0.5)
    poses["dof_pos"][20:, 3] = high
    assert clip_values(g1, FPS, **poses)["limit_excess_median"] == 0.0


@pytest.mark.parametrize(
    ("lift", "above", "below"), [(0.0, 0.0, 0.0), (1.0, 0.87, 0.0), (-0.3, 0.0, 0.27)]
)
def test_an_unknown_robot_is_measured_by_its_bodies(g1, lift, above, below) -> None:
    poses = standing(g1, lift)
    found = unnamed_values(FPS, poses["body_pos"], poses["root_quat_wxyz"])
    assert found["sole_above_ground"] == pytest.approx(above, abs=0.05)
    assert found["sole_below_ground"] == pytest.approx(below, abs=0.05)
    assert found["root_speed_held"] == found["root_tilt_median"] == 0.0


def test_the_median_is_numpys() -> None:
    for count in (1, 2, 7, 8):
        values = np.random.default_rng(count).normal(size=count)
        assert median(values) == pytest.approx(np.median(values))

"""Hinges in series and rotation vectors: MuJoCo's orientations, round trips, rates."""

# pyright: reportAttributeAccessIssue=false
# (MuJoCo's compiled modules have no stubs.)

import mujoco
import numpy as np
import pytest
import torch

from motionlib.exponential_map import (
    angular_from_hinge_velocities,
    continuous_dofs,
    exponential_map_from_hinges,
    hinge_velocities_from_angular,
    hinges_from_exponential_map,
)
from motionlib.kinematics import Kinematics, exponential_map, local_quats
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.robots.model import robot_model
from motionlib.rotations import quat_angle, quat_conjugate, quat_mul, rotvec_from_quat


def random_maps(count: int, dofs: int, *, seed: int = 0, largest: float = 3.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, dofs // 3, 3)
    axes = torch.randn(shape, generator=generator, dtype=torch.float64)
    angles = largest * torch.rand(shape[:2], generator=generator, dtype=torch.float64)
    axes = axes / axes.norm(dim=-1, keepdim=True)
    return (axes * angles[..., None]).flatten(1)


@pytest.mark.parametrize("name", ["smpl", "smplx"])
def test_mujocos_hinges_turn_bodies_as_our_kinematics_does(name: str) -> None:
    robot = load_robot(name)
    model = robot_model(robot)
    data = mujoco.MjData(model)
    dof_pos = random_maps(20, robot.num_dofs)
    root = torch.tensor([0.1, -0.2, 1.0, 0.5, 0.5, -0.5, 0.5], dtype=torch.float64)
    for row in dof_pos:
        data.qpos[:] = np.concatenate([root, hinges_from_exponential_map(row)])
        mujoco.mj_kinematics(model, data)
        poses = Kinematics(robot, dtype=torch.float64).forward(root[:3], root[3:], row)
        np.testing.assert_allclose(poses.body_pos, data.xpos[1:], atol=1e-9)
        angle = quat_angle(poses.body_quat_wxyz, torch.from_numpy(data.xquat[1:]))
        assert float(angle.max()) < 1e-6


def test_hinge_angles_are_not_rotation_vectors() -> None:
    """The mistake that this module is there to prevent, by the size it would have."""
    vector = torch.tensor([0.8, 0.5, -0.9], dtype=torch.float64)
    wrong = exponential_map_from_hinges(vector)
    error = quat_angle(local_quats(vector), local_quats(wrong))
    assert 24.0 < float(torch.rad2deg(error[0])) < 28.0


def test_there_and_back_is_the_same_rotation() -> None:
    dof_pos = random_maps(500, 9, largest=3.1)
    angles = hinges_from_exponential_map(dof_pos)
    assert float(angles.abs().max()) <= torch.pi
    torch.testing.assert_close(exponential_map_from_hinges(angles), dof_pos, atol=1e-9, rtol=0)


@pytest.mark.parametrize("quarter", [-0.5 * torch.pi, 0.5 * torch.pi])
def test_a_middle_hinge_at_a_quarter_turn_is_the_same_rotation(quarter: float) -> None:
    at_pole = torch.tensor([0.7, quarter, -0.4], dtype=torch.float64)
    vector = exponential_map_from_hinges(at_pole)
    again = exponential_map_from_hinges(hinges_from_exponential_map(vector))
    torch.testing.assert_close(again, vector, atol=1e-6, rtol=0)


def test_targets_stay_on_the_side_where_the_hinges_are() -> None:
    beyond = torch.tensor([0.3, 1.9, -0.2], dtype=torch.float64)
    vector = exponential_map_from_hinges(beyond)
    plain = hinges_from_exponential_map(vector)
    assert float(plain[1].abs()) < 0.5 * torch.pi
    near = hinges_from_exponential_map(vector, near=beyond + 0.1)
    torch.testing.assert_close(near, beyond, atol=1e-9, rtol=0)


def test_rates_are_those_of_finite_differences() -> None:
    angles, rates = random_maps(50, 9, seed=1), random_maps(50, 9, seed=2)
    step = 1e-5
    before, after = (exponential_map_from_hinges(angles + s * step * rates) for s in (-1, 1))
    turned = quat_mul(local_quats(after), quat_conjugate(local_quats(before)))
    measured = (rotvec_from_quat(turned) / (2.0 * step)).flatten(1)
    torch.testing.assert_close(
        angular_from_hinge_velocities(angles, rates), measured, atol=1e-5, rtol=1e-5
    )


def test_rates_come_back_where_hinges_can_make_them() -> None:
    angles, angular = random_maps(200, 9, seed=3, largest=1.4), random_maps(200, 9, seed=4)
    rates = hinge_velocities_from_angular(angles, angular)
    again = angular_from_hinge_velocities(angles, rates)
    torch.testing.assert_close(again, angular, atol=1e-9, rtol=0)


def test_rates_stay_finite_at_a_quarter_turn() -> None:
    angles = torch.tensor([0.2, 0.5 * torch.pi, 0.1], dtype=torch.float64)
    rates = hinge_velocities_from_angular(angles, torch.ones(3, dtype=torch.float64))
    assert float(rates.abs().max()) < 2.0


def test_a_turn_past_half_a_turn_has_no_jump(smpl: Robot, g1: Robot) -> None:
    angles = torch.linspace(0.0, 5.5, 200, dtype=torch.float64)
    axis = torch.tensor([0.6, 0.0, -0.8], dtype=torch.float64)
    dof_pos = torch.zeros(200, smpl.num_dofs, dtype=torch.float64)
    dof_pos[:, 3:6] = axis * angles[:, None]
    stored = exponential_map(local_quats(dof_pos))
    assert float(stored.diff(dim=0).abs().max()) > 3.0
    torch.testing.assert_close(continuous_dofs(smpl, stored), dof_pos, atol=1e-9, rtol=0)
    hinges = torch.zeros(3, g1.num_dofs)
    assert continuous_dofs(g1, hinges) is hinges

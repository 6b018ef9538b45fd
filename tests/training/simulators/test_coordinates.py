"""Rotation vectors of a robot as an engine's hinges."""

import pytest
import torch

from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.rotations import quat_angle, quat_apply_inverse
from training.simulators.base import ResetState, SimulatorConfig
from training.simulators.coordinates import HingeConversion
from training.simulators.mujoco import MujocoSimulator

ENVS = 4


@pytest.fixture(scope="module")
def smpl() -> Robot:
    return load_robot("smpl")


@pytest.fixture
def simulator(smpl: Robot) -> MujocoSimulator:
    return MujocoSimulator(smpl, SimulatorConfig(num_threads=1), num_envs=ENVS)


def random_state(robot: Robot, *, spread: float = 0.6, height: float = 1.0) -> ResetState:
    generator = torch.Generator().manual_seed(0)
    quat = torch.randn(ENVS, 4, generator=generator)
    position = torch.zeros(ENVS, 3)
    position[:, 2] = height
    return ResetState(
        root_pos=position,
        root_quat_wxyz=quat / quat.norm(dim=-1, keepdim=True),
        root_lin_vel=torch.randn(ENVS, 3, generator=generator),
        root_ang_vel=torch.randn(ENVS, 3, generator=generator),
        dof_pos=spread * torch.randn(ENVS, robot.num_dofs, generator=generator),
        dof_vel=torch.randn(ENVS, robot.num_dofs, generator=generator),
    )


def test_hinge_robots_pass_unchanged(g1: Robot) -> None:
    hinges, values = HingeConversion(g1), torch.randn(2, g1.num_dofs)
    assert hinges.targets(values, values.double()) is values
    angles, rates = hinges.to_hinges(values, values)
    assert angles is values
    assert rates is values


def test_bodies_are_where_kinematics_puts_them(simulator: MujocoSimulator, smpl: Robot) -> None:
    given = random_state(smpl)
    simulator.reset_to(torch.arange(ENVS), given)
    state = simulator.state()
    poses = Kinematics(smpl).forward(given.root_pos, given.root_quat_wxyz, given.dof_pos)
    torch.testing.assert_close(state.body_pos, poses.body_pos, atol=2e-6, rtol=0)
    assert float(quat_angle(state.body_quat_wxyz, poses.body_quat_wxyz).max()) < 2e-6
    torch.testing.assert_close(state.dof_pos, given.dof_pos, atol=2e-6, rtol=0)
    torch.testing.assert_close(state.dof_vel, given.dof_vel, atol=2e-5, rtol=0)


def test_dof_velocities_are_the_bodies_own(simulator: MujocoSimulator, smpl: Robot) -> None:
    given = random_state(smpl)
    simulator.reset_to(torch.arange(ENVS), given)
    state = simulator.state()
    parents = smpl.parents[1:].tolist()
    relative = state.body_ang_vel[:, 1:] - state.body_ang_vel[:, parents]
    local = quat_apply_inverse(state.body_quat_wxyz[:, parents], relative)
    torch.testing.assert_close(local.flatten(1), given.dof_vel, atol=1e-4, rtol=0)


def test_servos_hold_the_pose_that_is_asked_for(simulator: MujocoSimulator, smpl: Robot) -> None:
    given = random_state(smpl, spread=0.3, height=3.0)
    for name in ("root_lin_vel", "root_ang_vel", "dof_vel"):
        getattr(given, name).zero_()
    simulator.reset_to(torch.arange(ENVS), given)
    for _ in range(10):
        simulator.step(given.dof_pos)
    error = (simulator.state().dof_pos - given.dof_pos).abs()
    # a random pose may press a few bodies against each other; the rest is where it should be
    assert float(error.quantile(0.9)) < 0.005
    assert float(error.max()) < 0.2


def test_a_fall_stays_finite(simulator: MujocoSimulator, smpl: Robot) -> None:
    given = random_state(smpl, spread=0.1)
    simulator.reset_to(torch.arange(ENVS), given)
    still = torch.zeros(ENVS, smpl.num_dofs)
    for _ in range(75):
        simulator.step(still)
        state = simulator.state()
        assert not bool(state.unstable.any())
        assert bool(torch.isfinite(state.dof_pos).all() & torch.isfinite(state.dof_vel).all())
    assert float(simulator.state().body_pos[:, 0, 2].max()) < 0.9
    assert simulator.warnings() == {}

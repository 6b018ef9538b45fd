"""Bodies and dofs come in the robot's order, and belong to the state that shows them."""

import torch

from motionlib.kinematics import Kinematics
from motionlib.rotations import (
    quat_angle,
    quat_conjugate,
    quat_from_rotvec,
    quat_mul,
    rotvec_from_quat,
)

_NUDGE = 1e-4


def poses_of(state, robot):
    return Kinematics(robot).forward(
        state.body_pos[:, 0], state.body_quat_wxyz[:, 0], state.dof_pos
    )


def velocities_of(state, robot):
    """(E, B, 3) m/s and rad/s of body origins: how poses change along the state's velocities."""
    kinematics = Kinematics(robot, dtype=torch.float64)
    pos, quat = state.body_pos[:, 0].double(), state.body_quat_wxyz[:, 0].double()

    def after(time: float):
        turn = quat_from_rotvec(time * state.body_ang_vel[:, 0].double())
        place = pos + time * state.body_lin_vel[:, 0].double()
        dofs = state.dof_pos.double() + time * state.dof_vel.double()
        return kinematics.forward(place, quat_mul(turn, quat), dofs)

    late, early = after(_NUDGE), after(-_NUDGE)
    turned = quat_mul(late.body_quat_wxyz, quat_conjugate(early.body_quat_wxyz))
    moved = late.body_pos - early.body_pos
    return moved / (2.0 * _NUDGE), rotvec_from_quat(turned) / (2.0 * _NUDGE)


def assert_one_instant(state, robot) -> None:
    poses = poses_of(state, robot)
    torch.testing.assert_close(state.body_pos, poses.body_pos, atol=1e-5, rtol=0)
    assert quat_angle(state.body_quat_wxyz, poses.body_quat_wxyz).max() < 1e-5
    lin_vel, ang_vel = velocities_of(state, robot)
    torch.testing.assert_close(state.body_lin_vel.double(), lin_vel, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(state.body_ang_vel.double(), ang_vel, atol=1e-4, rtol=1e-4)


def test_each_dof_moves_the_bodies_that_hang_on_it(make_world, standing, robot) -> None:
    count = robot.num_dofs
    world, wanted = make_world(count), standing(count, lift=1.0)
    middle = torch.as_tensor(robot.dof_limits, dtype=torch.float32).mean(-1)
    towards_middle = torch.where(middle > wanted.dof_pos[0], 0.2, -0.2)
    wanted.dof_pos += torch.diag(towards_middle)
    world.reset_to(torch.arange(count), wanted)
    poses = Kinematics(robot).forward(wanted.root_pos, wanted.root_quat_wxyz, wanted.dof_pos)
    state = world.state()
    torch.testing.assert_close(state.body_pos, poses.body_pos, atol=1e-5, rtol=0)
    assert quat_angle(state.body_quat_wxyz, poses.body_quat_wxyz).max() < 1e-5
    # the test itself would miss a swap of two dofs that moved nothing
    still = Kinematics(robot).forward(
        *(x[:1] for x in (poses.body_pos[:, 0], wanted.root_quat_wxyz, standing(1).dof_pos))
    )
    turned = quat_angle(poses.body_quat_wxyz, still.body_quat_wxyz.expand_as(poses.body_quat_wxyz))
    assert turned.amax(-1).min() > 0.19


def test_each_dof_moves_at_its_own_rate(make_world, standing, robot) -> None:
    count = robot.num_dofs
    world, wanted = make_world(count), standing(count, lift=1.0)
    wanted.dof_vel += torch.eye(count)
    world.reset_to(torch.arange(count), wanted)
    assert_one_instant(world.state(), robot)


def test_a_state_after_a_reset_is_one_instant(make_world, scattered, robot) -> None:
    world = make_world(4)
    world.reset_to(torch.arange(4), scattered(4))
    assert_one_instant(world.state(), robot)


def test_a_state_after_steps_is_one_instant(make_world, scattered, robot) -> None:
    """Engines leave body poses of the step before; a state that shows them fails here."""
    world, start = make_world(4), scattered(4)
    world.reset_to(torch.arange(4), start)
    for step in range(5):
        world.step(scattered(4, seed=step).dof_pos)
        assert_one_instant(world.state(), robot)

"""Position targets become the torques that the robot's yaml promises."""

import torch

from motionlib.robots.model import robot_actuators


def law(robot, error):
    """(E, D) N m: stiffness times error, within the effort limit."""
    servos = robot_actuators(robot)
    limit = torch.as_tensor(servos.effort_limit)
    return (torch.as_tensor(servos.stiffness) * error.double()).clamp(-limit, limit)


def test_a_servo_pulls_by_its_stiffness_within_its_limit(make_world, scattered, robot) -> None:
    """One physics step: the torque is that of the state it began with."""
    world, state = make_world(3, decimation=1), scattered(3, lift=1.0)
    spread = torch.linspace(0.5, 1.0, robot.num_dofs)
    # environment 2 asks for more than any servo has
    error = torch.stack((0.02 * spread, -0.03 * spread, torch.full_like(spread, -40.0)))
    world.reset_to(torch.arange(3), state)
    world.step(state.dof_pos + error)
    torque = world.state().dof_torque
    torch.testing.assert_close(torque.double(), law(robot, error), rtol=2e-5, atol=2e-5)
    limit = torch.as_tensor(robot_actuators(robot).effort_limit, dtype=torch.float32)
    torch.testing.assert_close(torque[2], -limit)
    assert (torque[:2].abs() < limit).any(-1).all(), "nothing else was at its limit"


def test_torques_are_of_the_last_physics_step(make_world, scattered, robot) -> None:
    coarse, fine, state = make_world(2), make_world(2, decimation=1), scattered(2, lift=1.0)
    for world in (coarse, fine):
        world.reset_to(torch.arange(2), state)
    targets = state.dof_pos + 0.1
    coarse.step(targets)
    for _ in range(3):
        fine.step(targets)
    last = law(robot, targets - fine.state().dof_pos)
    fine.step(targets)
    torch.testing.assert_close(coarse.state().dof_torque.double(), last, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(coarse.state().dof_torque, fine.state().dof_torque)


def test_servos_rest_after_a_reset(make_world, scattered) -> None:
    world = make_world(2)
    world.reset_to(torch.arange(2), scattered(2))
    world.step(scattered(2, seed=1).dof_pos)
    assert world.state().dof_torque.abs().amax(-1).min() > 1e-2
    world.reset_to(torch.tensor([1]), scattered(1, seed=2))
    torque = world.state().dof_torque
    assert not torque[1].any()
    assert torque[0].any()


def test_each_servo_reaches_its_own_target(make_world, standing, robot) -> None:
    """In free fall nothing pulls on the joints but the servos."""
    count = robot.num_dofs
    world, state = make_world(count), standing(count, lift=100.0)
    middle = torch.as_tensor(robot.dof_limits, dtype=torch.float32).mean(-1)
    targets = state.dof_pos + torch.diag(torch.where(middle > state.dof_pos[0], 0.2, -0.2))
    world.reset_to(torch.arange(count), state)
    for _ in range(75):
        world.step(targets)
    servos = robot_actuators(robot)
    # dry friction holds a servo back by what its stiffness makes of it
    slack = 1.2 * torch.as_tensor(servos.frictionloss / servos.stiffness) + 0.01
    error = (world.state().dof_pos - targets).abs()
    assert (error < slack).all(), error.amax(0)

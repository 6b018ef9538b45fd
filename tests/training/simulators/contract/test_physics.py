"""The same physics as MuJoCo on one core: a fall by formula, a drop and a swing by its steps."""

import math

import pytest
import torch


def test_a_robot_falls_freely(make_world, standing) -> None:
    world, start, seconds, g = make_world(2), standing(2, lift=10.0), 0.5, 9.81
    start.root_lin_vel[1] = torch.tensor([0.7, -0.4, 2.0])
    world.reset_to(torch.arange(2), start)
    for _ in range(round(seconds / world.config.control_dt)):
        world.step(start.dof_pos)
    expected = start.root_pos + seconds * start.root_lin_vel
    expected[:, 2] -= 0.5 * g * seconds**2
    now = world.state()
    # an integrator of first order is late by half a physics step of the speed that was gained
    late = 0.51 * g * seconds * world.config.physics_dt
    torch.testing.assert_close(now.body_pos[:, 0], expected, rtol=0, atol=late)
    velocity = start.root_lin_vel + seconds * torch.tensor([0.0, 0.0, -g])
    torch.testing.assert_close(now.body_lin_vel[:, 0], velocity, rtol=0, atol=1e-3)
    torch.testing.assert_close(now.dof_pos, start.dof_pos, rtol=0, atol=1e-4)


def test_a_drop_and_a_swing_are_mujocos(make_world, standing, make_plain, engine) -> None:
    world, start = make_world(2), standing(2, lift=0.1)
    start.root_pos[1, 2] += 0.03
    plain = [make_plain(), make_plain()]
    world.reset_to(torch.arange(2), start)
    for env, one in enumerate(plain):
        one.put(start, env)
    moved = 0.0
    for step in range(50):
        swing = 0.3 * math.sin(2.0 * math.pi * world.config.control_dt * max(step - 25, 0))
        targets = start.dof_pos + swing
        world.step(targets)
        state = world.state()
        for env, one in enumerate(plain):
            one.step(targets[env], steps=world.config.decimation)
            assert one.distance(state, env) < engine.parity, (step, env)
        moved = max(moved, float((state.dof_pos - start.dof_pos).abs().max()))
    assert moved > 0.15, "the swing did not happen"


@pytest.mark.parametrize(("physics_dt", "decimation"), [(0.002, 10), (0.01, 2), (0.004, 1)])
def test_rates_are_what_they_are_asked_to_be(
    make_world, standing, make_plain, engine, physics_dt, decimation
) -> None:
    world = make_world(1, physics_dt=physics_dt, decimation=decimation)
    plain, start = make_plain(physics_dt=physics_dt), standing(1, lift=0.02)
    world.reset_to(torch.arange(1), start)
    plain.put(start, 0)
    for _ in range(10):
        world.step(start.dof_pos + 0.1)
        plain.step(start.dof_pos[0] + 0.1, steps=decimation)
    assert plain.distance(world.state(), 0) < engine.parity

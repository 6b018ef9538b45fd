"""A push adds to what the root already does."""

import torch


def flown(world, start, *pushes):
    """State after one control step in the air, each push given to environment 1."""
    world.reset_to(torch.arange(3), start)
    for lin_vel, ang_vel in pushes:
        world.push(torch.tensor([1]), torch.tensor([lin_vel]), torch.tensor([ang_vel]))
    world.step(start.dof_pos)
    state = world.state()
    return state.body_lin_vel[:, 0].clone(), state.body_ang_vel[:, 0].clone(), state.dof_vel.clone()


NONE = (0.0, 0.0, 0.0)
KICK = (0.3, -0.2, 0.1)
TURN = (0.5, 0.4, -0.3)


def test_a_push_adds_velocity_and_changes_nothing_else(make_world, scattered) -> None:
    """What moves as a whole moves on as a whole: physics does not see the difference."""
    world, start = make_world(3), scattered(3, lift=10.0)
    lin, ang, dof = flown(world, start)
    kicked_lin, kicked_ang, kicked_dof = flown(world, start, (KICK, NONE))
    expected = torch.zeros(3, 3)
    expected[1] = torch.tensor(KICK)
    torch.testing.assert_close(kicked_lin - lin, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(kicked_ang, ang, rtol=0, atol=1e-5)
    torch.testing.assert_close(kicked_dof, dof, rtol=0, atol=1e-4)


def test_two_pushes_are_their_sum(make_world, scattered) -> None:
    world, start = make_world(3), scattered(3, lift=10.0)
    lin, _, _ = flown(world, start)
    twice, _, _ = flown(world, start, (KICK, NONE), (KICK, NONE))
    torch.testing.assert_close((twice - lin)[1], 2 * torch.tensor(KICK), rtol=0, atol=1e-5)


def test_a_turn_is_about_the_worlds_axes(make_world, standing) -> None:
    """A robot that is turned by a quarter would mix them up if they were its own."""
    world, start = make_world(3), standing(3, lift=10.0)
    quarter = torch.tensor([0.5**0.5, 0.0, 0.0, 0.5**0.5])
    start.root_quat_wxyz = quarter.repeat(3, 1)
    start.root_ang_vel[:] = torch.tensor([0.2, 0.0, 0.4])
    _, still, _ = flown(world, start)
    _, turned, _ = flown(world, start, (NONE, TURN))
    gained = (turned - still)[1]
    wanted = torch.tensor(TURN)
    # limbs take their share within the step; the direction and most of the size remain
    assert torch.cosine_similarity(gained, wanted, dim=0) > 0.9
    assert 0.6 < float(gained.norm() / wanted.norm()) < 1.4
    torch.testing.assert_close(turned[[0, 2]], still[[0, 2]], rtol=0, atol=0)

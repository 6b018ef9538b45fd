"""A reset puts robots exactly where it says, those and no others, and forgets the past."""

import torch

from motionlib.rotations import quat_angle


def test_a_reset_is_read_back(make_world, scattered, robot) -> None:
    world, wanted = make_world(4), scattered(4, lift=0.3)
    wanted.root_pos[1] += torch.tensor([12.0, -7.0, 0.0])
    world.reset_to(torch.arange(4), wanted)
    state = world.state()
    assert torch.equal(state.dof_pos, wanted.dof_pos)
    assert torch.equal(state.dof_vel, wanted.dof_vel)
    close = {"rtol": 0.0, "atol": 2e-6}
    torch.testing.assert_close(state.body_pos[:, 0], wanted.root_pos, **close)
    torch.testing.assert_close(state.body_lin_vel[:, 0], wanted.root_lin_vel, **close)
    torch.testing.assert_close(state.body_ang_vel[:, 0], wanted.root_ang_vel, **close)
    assert quat_angle(state.body_quat_wxyz[:, 0], wanted.root_quat_wxyz).max() < 2e-6
    assert state.body_pos.shape == (4, robot.num_bodies, 3)
    assert not state.unstable.any()


def test_a_reset_of_some_leaves_the_others_alone(
    make_world, scattered, numbers, assert_same
) -> None:
    touched, untouched, state = make_world(5), make_world(5), scattered(5)
    for world in (touched, untouched):
        world.reset_to(torch.arange(5), state)
        world.step(state.dof_pos)
    before = numbers(touched)
    touched.reset_to(torch.tensor([1, 3]), scattered(2, seed=1))

    def others(values):
        return {name: value[[0, 2, 4]] for name, value in values.items()}

    assert_same(others(numbers(touched)), others(before))
    for world in (touched, untouched):
        world.step(state.dof_pos)
    assert_same(others(numbers(touched)), others(numbers(untouched)))
    moved = (touched.state().body_pos - untouched.state().body_pos)[[1, 3]]
    assert moved.abs().amax((1, 2)).min() > 1e-3


def test_a_reset_forgets_the_past(make_world, scattered, numbers, assert_same) -> None:
    used, fresh = make_world(3), make_world(3)
    used.reset_to(torch.arange(3), scattered(3, seed=3))
    for _ in range(8):
        used.step(scattered(3, seed=4).dof_pos)
    for world in (used, fresh):
        world.reset_to(torch.arange(3), scattered(3))
    assert_same(numbers(used), numbers(fresh))
    for step in range(8):
        for world in (used, fresh):
            world.step(scattered(3, seed=step).dof_pos)
        assert_same(numbers(used), numbers(fresh))

"""A world that breaks down is said to, alone, until it is reset."""

import torch


def others(values, broken):
    keep = [env for env in range(len(values["unstable"])) if env not in broken]
    return {name: value[keep] for name, value in values.items()}


def test_a_broken_world_is_flagged_and_no_other(
    make_world, scattered, some, numbers, assert_same
) -> None:
    broken = [1, 3]
    world, healthy, start = make_world(5), make_world(5), scattered(5)
    healthy.reset_to(torch.arange(5), start)
    assert dict(world.warnings()) == {}
    bad = some(start, list(range(5)))
    bad.root_lin_vel[1, 0] = torch.nan
    bad.dof_vel[3, 2] = 1e12
    world.reset_to(torch.arange(5), bad)
    for one in (world, healthy):
        one.step(start.dof_pos)
    assert world.state().unstable.nonzero().flatten().tolist() == broken
    assert not healthy.state().unstable.any()
    assert sum(world.warnings().values()) >= 2
    assert_same(others(numbers(world), broken), others(numbers(healthy), broken))

    fresh = make_world(2)
    fresh.reset_to(torch.arange(2), some(start, broken))
    world.reset_to(torch.tensor(broken), some(start, broken))
    assert not world.state().unstable.any()
    for _ in range(3):
        world.step(start.dof_pos)
        fresh.step(start.dof_pos[broken])
    assert not world.state().unstable.any()
    assert_same({name: value[broken] for name, value in numbers(world).items()}, numbers(fresh))


def test_a_target_that_is_no_number_breaks_its_own_world(
    make_world, scattered, numbers, assert_same
) -> None:
    world, healthy, start = make_world(3), make_world(3), scattered(3)
    for one in (world, healthy):
        one.reset_to(torch.arange(3), start)
    targets = start.dof_pos.clone()
    targets[2] = torch.nan
    world.step(targets)
    healthy.step(start.dof_pos)
    assert world.state().unstable.tolist() == [False, False, True]
    assert_same(others(numbers(world), [2]), others(numbers(healthy), [2]))

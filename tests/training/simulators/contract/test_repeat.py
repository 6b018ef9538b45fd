"""The same again is the same, whatever else runs beside it."""

import torch


def run(world, start, targets, *, steps: int = 8) -> None:
    world.reset_to(torch.arange(world.num_envs), start)
    for step in range(steps):
        world.step(targets + 0.05 * step)


def test_the_same_inputs_give_the_same_bits(make_world, scattered, numbers, assert_same) -> None:
    start, targets = scattered(6), scattered(6, seed=1).dof_pos
    worlds = [make_world(6), make_world(6), make_world(6, num_threads=2)]
    for world in worlds:
        run(world, start, targets)
    first = numbers(worlds[0])
    assert first["body_contact"].any(), "nothing touched the ground: the case tells little"
    for world in worlds[1:]:
        assert_same(numbers(world), first)
    run(worlds[0], start, targets)
    assert_same(numbers(worlds[0]), first)


def test_a_robot_does_not_feel_the_others(
    make_world, scattered, some, numbers, assert_same
) -> None:
    crowd, alone = make_world(5), make_world(1)
    start, targets = scattered(5), scattered(5, seed=1).dof_pos
    # on the same spot: robots do not meet
    start.root_pos[:] = start.root_pos[3]
    run(crowd, start, targets)
    run(alone, some(start, [3]), targets[3:4])
    found = {name: value[3:4] for name, value in numbers(crowd).items()}
    assert_same(found, numbers(alone))


def test_who_is_not_named_stays_and_who_is_moves_as_ever(
    make_world, scattered, numbers, assert_same
) -> None:
    """The bits of those that move do not depend on who stands still."""
    start, targets = scattered(5), scattered(5, seed=1).dof_pos
    every, some = make_world(5), make_world(5)
    for world in (every, some):
        world.reset_to(torch.arange(5), start)
    before = {name: value.clone() for name, value in numbers(some).items()}
    moving, still = torch.tensor([0, 3]), torch.tensor([1, 2, 4])
    for _ in range(8):
        every.step(targets)
        some.step(targets, env_ids=moving)
    after, all_moved = numbers(some), numbers(every)
    assert_same(
        {k: x[moving] for k, x in after.items()}, {k: x[moving] for k, x in all_moved.items()}
    )
    assert_same({k: x[still] for k, x in after.items()}, {k: x[still] for k, x in before.items()})
    # and those that stood go on as if nothing had been
    for _ in range(8):
        some.step(targets, env_ids=still)
    late = numbers(some)
    assert_same({k: x[still] for k, x in late.items()}, {k: x[still] for k, x in all_moved.items()})

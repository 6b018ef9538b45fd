"""A world that stands where another stood goes on as that one does."""

import pytest
import torch

from training.simulators.properties import nominal_properties


def drawn(world, seed: int = 3) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    values = nominal_properties(world.robot, world.num_envs, device=world.device)
    noise = torch.rand(world.num_envs, generator=generator)
    return {
        "foot_friction": values["foot_friction"] * (0.5 + noise),
        "anchor_com_offset": values["anchor_com_offset"] + 0.01 * noise[:, None],
        "mass_scale": values["mass_scale"] * (0.9 + 0.2 * noise),
        "command_delay": torch.arange(world.num_envs) % 3,
    }


def test_a_world_goes_on_from_its_state(
    make_world, scattered, numbers, assert_same, tmp_path
) -> None:
    start, targets = scattered(6), scattered(6, seed=1).dof_pos
    world, other = make_world(6), make_world(6, num_threads=2)
    world.randomize(drawn(world))
    other.randomize(drawn(other, seed=4))
    world.reset_to(torch.arange(6), start)
    for step in range(12):
        world.step(targets + 0.05 * step)
    assert world.state().body_contact.any(), "nothing touched the ground: the case tells little"
    state = world.state_dict()
    if state is None:
        pytest.skip("the engine does not say where it stands")
    torch.save(state, tmp_path / "state.pt")
    at_once = numbers(world)
    ids = torch.tensor([1, 4])
    for each in (world, other):
        if each is other:
            each.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
            assert_same(numbers(each), at_once)
        each.push(ids, torch.full((2, 3), 0.2), torch.full((2, 3), 0.5))
        for step in range(12):
            each.step(targets - 0.05 * step)
    assert_same(numbers(other), numbers(world))
    assert_same(dict(other.properties()), dict(world.properties()))
    assert not torch.equal(numbers(world)["dof_pos"], at_once["dof_pos"])


def test_what_was_not_drawn_keeps_the_models_own_digits(
    make_world, scattered, numbers, assert_same
) -> None:
    start, targets = scattered(2), scattered(2, seed=1).dof_pos
    worlds = [make_world(2) for _ in range(2)]
    if (state := worlds[0].state_dict()) is None:
        pytest.skip("the engine does not say where it stands")
    worlds[1].load_state_dict(state)
    for world in worlds:
        world.reset_to(torch.arange(2), start)
        for _ in range(8):
            world.step(targets)
    assert_same(numbers(worlds[0]), numbers(worlds[1]))

from typing import NamedTuple

import pytest
import torch

from training.agents.rollout import Rollout, gae, mini_batches, shuffled


def test_gae_by_hand() -> None:
    # gamma .5, lambda .5; the second step ends an episode
    rewards = torch.tensor([[1.0], [2.0], [3.0]])
    values = torch.tensor([[4.0], [8.0], [16.0]])
    dones = torch.tensor([[0.0], [1.0], [0.0]])
    # t=2: 3 + .5*32 - 16 = 3
    # t=1: 2 + 0 - 8 = -6, nothing carried over
    # t=0: 1 + .5*8 - 4 = 1, plus .25 * -6 = -1.5 -> -.5
    advantages, returns = gae(
        rewards, values, torch.tensor([32.0]), dones=dones, gamma=0.5, gae_lambda=0.5
    )
    assert advantages.flatten().tolist() == [-0.5, -6.0, 3.0]
    assert returns.flatten().tolist() == [3.5, 2.0, 19.0]


def test_gae_with_lambda_one_is_the_discounted_return() -> None:
    generator = torch.Generator().manual_seed(0)
    rewards = torch.randn(6, 3, generator=generator)
    values = torch.randn(6, 3, generator=generator)
    last = torch.randn(3, generator=generator)
    _, returns = gae(rewards, values, last, dones=torch.zeros(6, 3), gamma=0.9, gae_lambda=1.0)
    expected = last
    for t in range(5, -1, -1):
        expected = rewards[t] + 0.9 * expected
    assert torch.allclose(returns[0], expected, atol=1e-5)


def test_cuts_are_flat_rows_of_the_rollout() -> None:
    rollout = Rollout(2, 3, obs_dims={"critic": 2}, cut_groups=("critic",), device="cpu")
    no = torch.tensor([False, False, False])
    assert rollout.cuts() is None
    rows = torch.tensor([[1.0, 1.0], [2.0, 2.0]])
    rollout.add_cuts(0, torch.tensor([False, True, True]), {"critic": rows, "other": rows})
    rollout.add_cuts(1, no, {"critic": torch.zeros(0, 2)})
    rollout.add_cuts(1, no, {})
    rollout.add_cuts(1, torch.tensor([True, False, False]), {"critic": torch.tensor([[3.0, 3.0]])})
    cuts = rollout.cuts()
    assert cuts is not None
    assert cuts[0].tolist() == [1, 2, 3]
    assert cuts[1]["critic"][:, 0].tolist() == [1.0, 2.0, 3.0]
    rollout.clear_cuts()
    assert rollout.cuts() is None
    with pytest.raises(KeyError, match="critic"):
        rollout.add_cuts(1, torch.tensor([True, False, False]), {"other": rows[:1]})


class Result(NamedTuple):
    obs: dict
    reward: torch.Tensor
    terminated: torch.Tensor
    truncated: torch.Tensor
    truncated_obs: dict
    after: dict
    log: dict


def test_a_step_is_kept_from_seeing_to_what_came_of_it() -> None:
    rollout = Rollout(
        2,
        3,
        obs_dims={"actor": 2},
        after_dims={"style": 4},
        cut_groups=("critic",),
        buffers={"labels": (5,), "phase": ()},
        device="cpu",
    )
    assert rollout.num_samples == 6
    actor, labels = torch.rand(3, 2), torch.rand(3, 5)
    rollout.see(1, {"actor": actor, "critic": torch.rand(3, 9)})
    rollout.remember(1, {"labels": labels, "phase": torch.arange(3.0)})
    truncated = torch.tensor([False, True, False])
    style = torch.rand(3, 4)
    cut = {"critic": torch.ones(1, 9)}
    rollout.record(1, Result({}, torch.ones(3), ~truncated, truncated, cut, {"style": style}, {}))
    assert torch.equal(rollout.obs["actor"][1], actor)
    assert torch.equal(rollout.kept["labels"][1], labels)
    assert rollout.kept["phase"][1].tolist() == [0.0, 1.0, 2.0]
    assert torch.equal(rollout.after["style"][1], style)
    assert rollout.rewards.tolist() == [[0.0] * 3, [1.0] * 3]
    assert torch.equal(rollout.truncated[1], truncated)
    cuts = rollout.cuts()
    assert cuts is not None
    assert cuts[0].tolist() == [4]
    with pytest.raises(KeyError, match="lables"):
        rollout.remember(0, {"lables": labels})


def test_what_is_seen_last_is_a_copy() -> None:
    rollout = Rollout(2, 3, obs_dims={"actor": 2}, device="cpu")
    actor = torch.ones(3, 2)
    last = rollout.end({"actor": actor})
    actor.zero_()
    assert last["actor"].sum() == 6.0


def test_shuffled_keeps_rows_together_and_loses_none() -> None:
    batch = {"a": torch.arange(10.0), "b": torch.arange(10.0).unsqueeze(-1) * 2}
    mixed = shuffled(batch, torch.Generator().manual_seed(0))
    assert mixed["a"].tolist() != batch["a"].tolist()
    assert sorted(mixed["a"].tolist()) == batch["a"].tolist()
    assert torch.equal(mixed["a"] * 2, mixed["b"].squeeze(-1))


@pytest.mark.parametrize(("total", "size", "sizes"), [(10, 4, [4, 6]), (8, 4, [4, 4]), (3, 9, [3])])
def test_mini_batches_cover_every_row(total: int, size: int, sizes: list[int]) -> None:
    parts = mini_batches({"a": torch.arange(total)}, size)
    assert [len(part["a"]) for part in parts] == sizes
    assert torch.cat([part["a"] for part in parts]).tolist() == list(range(total))

import pytest
import torch

from training.agents.rollout import (
    EpisodeStatistics,
    LogSums,
    Rollout,
    gae,
    mini_batches,
    shuffled,
)


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
    rollout = Rollout(2, 3, obs_dims={"critic": 2}, num_actions=1, device="cpu")
    assert rollout.cuts() is None
    rollout.add_cuts(0, torch.tensor([False, True, True]), torch.tensor([[1.0, 1.0], [2.0, 2.0]]))
    rollout.add_cuts(1, torch.tensor([False, False, False]), torch.zeros(0, 2))
    rollout.add_cuts(1, torch.tensor([True, False, False]), torch.tensor([[3.0, 3.0]]))
    cuts = rollout.cuts()
    assert cuts is not None
    assert cuts[0].tolist() == [1, 2, 3]
    assert cuts[1][:, 0].tolist() == [1.0, 2.0, 3.0]
    rollout.clear_cuts()
    assert rollout.cuts() is None


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


def test_log_means_count_only_steps_that_name_a_measure() -> None:
    sums = LogSums()
    sums.add({"a": torch.tensor(1.0), "b": torch.tensor(10.0)})
    sums.add({"a": torch.tensor(3.0)})
    sums.add({})
    assert sums.means() == {"a": 2.0, "b": 10.0}
    assert sums.means() == {}


def test_episode_means_by_hand() -> None:
    episodes = EpisodeStatistics(2, "cpu")
    no, yes = torch.tensor([False, False]), torch.tensor([True, False])
    episodes.add(torch.tensor([1.0, 5.0]), no, no)
    assert episodes.means() == {}
    episodes.add(torch.tensor([2.0, 5.0]), yes, no)
    episodes.add(torch.tensor([7.0, 5.0]), no, torch.tensor([True, True]))
    # ended: env 0 with 3 in 2 steps (failed), env 0 again with 7 in 1, env 1 with 15 in 3
    means = episodes.means()
    assert means["train/episode_reward"] == pytest.approx(25 / 3)
    assert means["train/episode_steps"] == pytest.approx(2.0)
    assert means["train/failure_share"] == pytest.approx(1 / 3)

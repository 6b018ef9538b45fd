import pytest
import torch

from training.agents.statistics import EpisodeStatistics, LogSums


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


def test_episodes_go_on_and_begin_anew() -> None:
    no, yes = torch.tensor([False]), torch.tensor([True])
    one, other, fresh = (EpisodeStatistics(1, "cpu") for _ in range(3))
    one.add(torch.tensor([3.0]), no, no)
    for each in (other, fresh):
        each.load_state_dict(one.state_dict())
    fresh.restart()
    one.add(torch.tensor([9.0]), no, no)
    for each, reward, steps in ((other, 4.0, 2.0), (fresh, 1.0, 1.0)):
        each.add(torch.tensor([1.0]), yes, no)
        means = each.means()
        assert (means["train/episode_reward"], means["train/episode_steps"]) == (reward, steps)

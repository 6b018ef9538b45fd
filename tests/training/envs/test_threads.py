"""Torch's thread count inside and outside an environment's work."""

import pytest
import torch

from training.envs.threads import few_threads

CPU = torch.device("cpu")


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_one_thread_inside_and_as_before_outside() -> None:
    with few_threads(1024, CPU):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(RuntimeError), few_threads(1024, CPU):
        raise RuntimeError
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_large_batches_keep_their_threads() -> None:
    with few_threads(100_000, CPU):
        assert torch.get_num_threads() == 2

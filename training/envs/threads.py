"""Torch's worker threads while an environment does its many small operations."""

import contextlib
from collections.abc import Iterator

import torch

_WORTH_SHARING = 8192
"""Environments from which more threads help."""


@contextlib.contextmanager
def few_threads(num_envs: int, device: torch.device) -> Iterator[None]:
    """Work on one thread inside, where that is no slower.

    A few thousand robots make tensors of which each operation takes microseconds; waking other
    threads for them gains nothing on an idle machine and costs milliseconds where the cores are
    busy, because every operation then waits for its slowest thread.
    """
    before = torch.get_num_threads()
    if device.type != "cpu" or num_envs >= _WORTH_SHARING or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

"""What moving costs, by hand."""

from collections.abc import Callable

import pytest
import torch

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot


def test_action_rate_is_the_square_of_the_change(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    action, before = torch.full((5, 4), 0.5), torch.full((5, 4), -0.5)
    now = moment_of(snapshot(0), snapshot(1), action=action, last_action=before)
    assert MEASURES["action_rate"](now).tolist() == pytest.approx([4.0] * 5)

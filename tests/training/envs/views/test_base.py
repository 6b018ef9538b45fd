"""Every view, by what holds for all of them."""

from collections.abc import Callable

import pytest
import torch

from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.views import VIEWS

OURS = sorted(name for name, entry in VIEWS.items() if entry.place.startswith("training."))


@pytest.mark.parametrize("name", OURS)
def test_columns_for_each_robot_with_a_unit(
    name: str, snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    hidden = {"joint_bias": torch.zeros(5, 4), "foot_friction": torch.ones(5)}
    found = VIEWS[name](moment_of(snapshot(0), snapshot(1), hidden=hidden))
    assert found.ndim == 2
    assert len(found) == 5
    assert found.dtype == torch.float32
    assert VIEWS[name].unit

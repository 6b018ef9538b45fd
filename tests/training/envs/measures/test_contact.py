"""What touches what, by hand."""

from collections.abc import Callable

import torch

from training.envs.measures import MEASURES
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot


def test_feet_that_agree_are_counted(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    own = torch.tensor([[True, True], [True, False], [False, False]])
    wanted = torch.tensor([[True, True], [True, True], [True, True]])
    now = moment_of(
        snapshot(0, count=3)._replace(foot_contact=own),
        snapshot(1, count=3)._replace(foot_contact=wanted),
        self_contacts=torch.tensor([0.0, 1.0, 3.0]),
    )
    assert MEASURES["contact_accuracy"](now).tolist() == [1.0, 0.5, 0.0]
    assert MEASURES["self_collisions"](now).tolist() == [0.0, 1.0, 3.0]


def test_what_touches_beside_the_feet_is_counted(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    touching = torch.tensor([[True, True, False, False], [True, False, True, True]])
    now = moment_of(snapshot(0, count=2), snapshot(1, count=2), body_contact=touching)
    assert MEASURES["other_contacts"](now).tolist() == [0.0, 2.0]

"""A moment computes once, and gives its rows."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from training.envs.moment import Moment, soft_limits
from training.envs.snapshot import Snapshot


def test_what_follows_is_computed_once(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    asked = []

    def derive(now: Moment) -> Tensor:
        asked.append(now)
        return now.robot.dof_pos.sum(-1)

    now = moment_of(snapshot(0), snapshot(1))
    assert now.of(derive) is now.of(derive)
    assert len(asked) == 1
    some = now.take(torch.tensor([3, 1]))
    assert torch.equal(some.of(derive), now.of(derive)[[3, 1]])
    assert len(asked) == 2


def test_rows_are_taken_of_everything(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    count = torch.arange(5.0)
    now = moment_of(
        snapshot(0),
        snapshot(1),
        action=count[:, None].expand(5, 4),
        self_contacts=count,
        hidden={"joint_bias": count[:, None]},
    )
    some = now.take(torch.tensor([4, 0]))
    assert some.action[:, 0].tolist() == some.self_contacts.tolist() == [4.0, 0.0]
    assert dict(some.hidden)["joint_bias"].tolist() == [[4.0], [0.0]]
    assert torch.equal(some.goal.reference.dof_pos, snapshot(1).dof_pos[[4, 0]])
    other = now.asked(some.goal)
    assert other.robot is now.robot
    assert other.goal is some.goal


def test_a_body_that_is_not_shown_is_named(
    snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    facts = moment_of(snapshot(0), snapshot(1)).facts
    assert facts.row("body2") == 2
    with pytest.raises(ValueError, match=r"does not show body 'body9'; add it to env\.bodies"):
        facts.row("body9")


def test_soft_limits_shrink_about_the_middle() -> None:
    found = soft_limits(torch.tensor([[0.0, 2.0], [-1.0, 3.0]]), 0.9)
    torch.testing.assert_close(found, torch.tensor([[0.1, 1.9], [-0.8, 2.8]]))

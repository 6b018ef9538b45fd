"""Groups: order, noise, and what lies in the past."""

from collections.abc import Callable

import pytest
import torch

from training.envs.mimic import mimic_observations
from training.envs.moment import Moment
from training.envs.snapshot import Snapshot
from training.envs.terms.observations import Group, Observer, View
from training.values import ConfigError

D = 4
MakeSnapshot = Callable[..., Snapshot]
MakeMoment = Callable[..., Moment]


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def at(value: float, snapshot: MakeSnapshot, moment_of: MakeMoment, *, count: int = 3) -> Moment:
    """Joints at `value` about the default pose."""
    robot = snapshot(0, count=count)
    return moment_of(robot._replace(dof_pos=torch.full((count, D), 1.0 + value)), robot)


def test_views_stand_side_by_side_in_their_order(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    now = moment_of(snapshot(0), snapshot(1))
    group = Group(views={"dof_vel": View(), "joints": View(view="dof_pos"), "last_action": View()})
    observer = Observer(group, now, generator=generator())
    parts = observer.see(now).split([D, D, D], dim=-1)
    assert torch.equal(parts[0], now.robot.dof_vel)
    assert torch.equal(parts[1], now.robot.dof_pos - 1.0)
    assert parts[2].abs().max() == 0.0
    assert observer.size == 3 * D


def test_noise_stays_in_its_bounds_and_off_what_is_known(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    robot, reference = snapshot(0, count=20_000), snapshot(1, count=20_000)
    now = moment_of(robot, reference)
    groups = mimic_observations()
    draws = generator()
    actor = Observer(groups["actor"], now, generator=draws)
    critic = Observer(groups["critic"], now, generator=draws)
    clean = critic.see(now)
    noise = actor.see(now) - clean[:, : actor.size]
    bounds = noise.abs().amax(0).split([2 * D, 3, 6, 3, 3, D, D, D])
    widths = (0.0, 0.25, 0.05, 0.5, 0.2, 0.01, 0.5, 0.0)
    for found, width in zip(bounds, widths, strict=True):
        assert (found <= width + 1e-5).all()
        assert (found >= 0.99 * width - 1e-6).all()
    assert torch.equal(critic.see(now), clean)


def test_history_is_oldest_first_and_begins_with_the_episode(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    def see(value: float, *, later: bool = True) -> list[list[float]]:
        if later:
            observer.advance()
        seen = observer.see(at(value, snapshot, moment_of))
        return seen[:, ::D].round(decimals=3).tolist()

    group = Group(views={"dof_pos": View()}, history=2)
    observer = Observer(group, at(0.0, snapshot, moment_of), generator=generator())
    assert observer.size == 3 * D
    assert see(0.1, later=False) == [pytest.approx([0.1, 0.1, 0.1])] * 3
    assert see(0.2) == [pytest.approx([0.1, 0.1, 0.2])] * 3
    assert see(0.25, later=False) == [pytest.approx([0.1, 0.1, 0.25])] * 3
    assert see(0.3) == [pytest.approx([0.1, 0.25, 0.3])] * 3
    observer.advance()
    observer.restart(torch.tensor([1]))
    rows = see(0.4, later=False)
    assert rows[0] == rows[2] == pytest.approx([0.25, 0.3, 0.4])
    assert rows[1] == pytest.approx([0.4, 0.4, 0.4])


def test_what_will_be_seen_next_is_foreseen_without_changing_anything(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    group = Group(views={"dof_pos": View()}, history=1)
    observer = Observer(group, at(0.0, snapshot, moment_of), generator=generator())
    observer.see(at(0.1, snapshot, moment_of))
    ids = torch.tensor([2])
    following = at(0.2, snapshot, moment_of)
    foreseen = observer.foresee(following.take(ids), ids)
    observer.advance()
    torch.testing.assert_close(foreseen, observer.see(following)[2:])


def test_a_window_of_moments_is_what_was_seen_one_after_another(
    snapshot: MakeSnapshot, moment_of: MakeMoment
) -> None:
    group = Group(views={"dof_pos": View()}, history=1, after_step=True)
    moments = [at(value, snapshot, moment_of) for value in (0.1, 0.2)]
    observer = Observer(group, moments[0], generator=generator())
    observer.see(moments[0])
    observer.advance()
    assert torch.equal(observer.window(moments), observer.see(moments[1]))


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (lambda: Group(views={}), "views"),
        (lambda: Group(views={"dof_poss": View()}), r"views\.dof_poss.*dof_pos"),
        (lambda: View(view="dof_poss"), r"view is 'dof_poss'.*dof_pos"),
        (lambda: Group(views={"dof_pos": View()}, history=-1), "history is -1"),
        (lambda: View(noise=-1.0), "noise is -1.0"),
        (
            lambda: Group(views={"dof_pos": View(noise=0.1)}, after_step=True),
            r"views\.dof_pos\.noise is 0\.1, expected 0 in a group that is seen after a step",
        ),
    ],
)
def test_impossible_groups_are_refused(group: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        group()

"""Every measure, by what holds for all of them."""

import inspect
from collections.abc import Callable

import pytest
import torch

from training.envs.measures import MEASURES
from training.envs.measures.base import length_power, measure
from training.envs.moment import Moment
from training.envs.snapshot import BodyStates, Snapshot

OURS = sorted(name for name, entry in MEASURES.items() if entry.place.startswith("training."))
FLAGS = {"contact_accuracy", "other_contacts", "self_collisions"}
"""Counts and flags: they have no slope."""


@pytest.mark.parametrize("name", OURS)
def test_one_number_a_robot_with_a_unit_and_what_it_does_not_see(
    name: str, snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    found = MEASURES[name](moment_of(snapshot(0), snapshot(1)))
    assert found.shape == (5,)
    assert found.dtype == torch.float32
    assert MEASURES[name].unit
    assert "Does not see" in inspect.getdoc(MEASURES[name].function)


def leaf(robot: Snapshot) -> tuple[Snapshot, list[torch.Tensor]]:
    """The robot, its numbers open to gradients."""
    bodies = BodyStates(*(part.clone().requires_grad_() for part in robot.bodies))
    dof_pos, dof_vel = (x.clone().requires_grad_() for x in (robot.dof_pos, robot.dof_vel))
    opened = Snapshot(dof_pos, dof_vel, bodies, robot.foot_contact)
    return opened, [dof_pos, dof_vel, *bodies]


@pytest.mark.parametrize("name", sorted(set(OURS) - FLAGS))
def test_slopes_are_finite_on_the_reference_and_off_it(
    name: str, snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    for reference in (snapshot(0), snapshot(1)):
        robot, leaves = leaf(snapshot(0))
        action = torch.zeros(5, 4, requires_grad=True)
        now = moment_of(robot, reference, action=action, dof_torque=action)
        MEASURES[name](now).sum().backward()
        slopes = [x.grad for x in [*leaves, action] if x.grad is not None]
        assert slopes, "a function of the moment"
        assert all(slope.isfinite().all() for slope in slopes)


@pytest.mark.parametrize("name", sorted(set(OURS) - FLAGS))
def test_slopes_are_those_of_differences(
    name: str, snapshot: Callable[..., Snapshot], moment_of: Callable[..., Moment]
) -> None:
    def doubled(robot: Snapshot) -> Snapshot:
        bodies = BodyStates(*(part.double() for part in robot.bodies))
        return Snapshot(robot.dof_pos.double(), robot.dof_vel.double(), bodies, robot.foot_contact)

    robot, leaves = leaf(doubled(snapshot(0)))
    reference = doubled(snapshot(1))

    def value(*moved: torch.Tensor) -> torch.Tensor:
        changed = Snapshot(moved[0], moved[1], BodyStates(*moved[2:]), robot.foot_contact)
        now = moment_of(changed, reference, action=moved[0], dof_torque=moved[1])
        return MEASURES[name].function(now)

    torch.autograd.gradcheck(value, tuple(leaves), eps=1e-6, atol=1e-4)


def test_a_unit_tells_how_a_measure_grows_with_the_robot() -> None:
    units = ("m", "m²", "m/s", "m²/s²", "m³", "rad", "rad²/s²", "1", "share", "mm")
    assert [length_power(unit) for unit in units] == [1, 2, 1, 2, 3, 0, 0, 0, 0, 0]


def test_a_name_is_a_measure_s_own() -> None:
    def body_pos_sq(now: Moment) -> torch.Tensor:
        """Another one. Does not see anything."""
        return now.self_contacts

    with pytest.raises(ValueError, match="measure 'body_pos_sq' is declared twice"):
        measure(unit="m²")(body_pos_sq)

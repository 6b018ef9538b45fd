"""Uneven ground: how high it is, and that feet on it are seen to stand."""

import math

import numpy as np
import pytest
import torch

from motionlib.rotations import quat_apply
from training.simulators.terrain import Terrain

_TILT = 0.15
"""rad about y, downhill along x."""


def sole_corners(state, robot):
    """(E, F, 4, 3) m, world."""
    feet = [robot.body_names.index(name) for name in robot.foot_bodies]
    corners = torch.as_tensor(np.stack([sole.corners for sole in robot.soles])).float()
    quat = state.body_quat_wxyz[:, feet, None].expand(-1, -1, 4, -1)
    return state.body_pos[:, feet, None] + quat_apply(quat, corners.expand(len(quat), -1, -1, -1))


def slope() -> Terrain:
    x = np.linspace(-4.0, 4.0, 41)
    return Terrain(heights=np.tile(-math.tan(_TILT) * x, (21, 1)), extent=(8.0, 4.0))


def put_on_slope(state, *, down: torch.Tensor, above: torch.Tensor):
    """A standing state tilted with the slope: (E,) m downhill, and (E,) m off its surface."""
    tilt = torch.tensor([math.cos(_TILT / 2), 0.0, math.sin(_TILT / 2), 0.0])
    place = state.root_pos + torch.stack((down, torch.zeros_like(down), above), dim=-1)
    state.root_quat_wxyz = tilt.expand(len(place), 4).clone()
    state.root_pos = quat_apply(state.root_quat_wxyz, place)
    return state


def test_the_plane_is_at_zero(make_world) -> None:
    found = make_world(2).heights(torch.randn(2, 5, 2))
    assert found.shape == (2, 5)
    assert not found.any()


def test_heights_are_the_grounds(make_world) -> None:
    world = make_world(3, terrain=slope())
    places = torch.rand(3, 20, 2) * torch.tensor([8.0, 4.0]) - torch.tensor([4.0, 2.0])
    expected = -math.tan(_TILT) * places[..., 0]
    torch.testing.assert_close(world.heights(places), expected, rtol=0, atol=2e-6)


def test_feet_on_a_slope_are_seen_wherever_it_is(make_world, standing) -> None:
    """A sole below zero may hang in the air, one above it may stand."""
    down = torch.tensor([2.0, 2.0, -2.0, -2.0])
    above = torch.tensor([-0.001, 0.02, -0.001, 0.02])
    world = make_world(4, terrain=slope())
    state = put_on_slope(standing(4), down=down, above=above)
    world.reset_to(torch.arange(4), state)
    for step in range(2):
        expected = [[True] * 2, [False] * 2, [True] * 2, [False] * 2]
        assert world.state().foot_contact.tolist() == expected, step
        assert world.state().body_contact.any(-1).tolist() == [True, False, True, False], step
        world.step(state.dof_pos)


def test_soles_come_to_rest_on_the_height_that_is_told(make_world, standing, robot) -> None:
    world = make_world(2, terrain=slope())
    down, above = torch.tensor([1.5, -1.5]), torch.full((2,), 0.01)
    state = put_on_slope(standing(2), down=down, above=above)
    world.reset_to(torch.arange(2), state)
    for _ in range(10):
        world.step(state.dof_pos)
    now = world.state()
    corners = sole_corners(now, robot)
    gap = corners[..., 2] - world.heights(corners[..., :2].flatten(1, 2)).unflatten(1, (2, 4))
    assert now.foot_contact.any(-1).all()
    # the lowest corner of each robot; a soft contact sinks in by millimetres
    assert gap.amin((1, 2)).abs().max() < 0.005


def test_a_sole_on_an_edge_between_its_corners_touches(make_world, standing, robot) -> None:
    heights = np.zeros((3, 101))
    heights[:, 50] = 0.03
    ridge = Terrain(heights=heights, extent=(1.0, 2.0))
    world, state = make_world(2, terrain=ridge), standing(2)
    world.reset_to(torch.arange(2), state)
    corners = sole_corners(world.state(), robot)
    state.root_pos[:, 0] -= corners[..., 0].mean()
    state.root_pos[:, 2] += 0.03 + torch.tensor([-0.001, 0.005])
    world.reset_to(torch.arange(2), state)
    now = world.state()
    corners = sole_corners(now, robot)
    above = corners[..., 2] - world.heights(corners[..., :2].flatten(1, 2)).unflatten(1, (2, 4))
    assert above.min() > 0.02, "a corner stands on the ridge: the case tells nothing"
    assert now.foot_contact.tolist() == [[True, True], [False, False]]


def test_a_step_carries_who_stands_on_it(make_world, standing) -> None:
    heights = np.zeros((5, 41))
    heights[:, 20:] = 0.1
    world = make_world(4, terrain=Terrain(heights=heights, extent=(4.0, 4.0)))
    state = standing(4)
    state.root_pos[:, 0] = torch.tensor([1.0, -1.0, 1.0, -1.0])
    state.root_pos[:, 2] += torch.tensor([0.1, 0.1, 0.12, 0.0]) - 0.001
    world.reset_to(torch.arange(4), state)
    assert world.state().foot_contact.all(-1).tolist() == [True, False, False, True]
    assert world.state().foot_contact.any(-1).tolist() == [True, False, False, True]
    for _ in range(10):
        world.step(state.dof_pos)
    fallen = world.state().body_pos[:, 0, 2] - state.root_pos[:, 2]
    # knees give a little, above as below
    assert abs(fallen[0] - fallen[3]) < 0.002
    assert fallen[1] < fallen[0] - 0.03


def test_a_level_field_is_as_good_as_the_plane(make_world, standing) -> None:
    level = Terrain(heights=np.full((5, 5), 0.2), extent=(8.0, 8.0))
    field, plane = make_world(1, terrain=level), make_world(1)
    low, high = standing(1), standing(1, lift=0.2)
    plane.reset_to(torch.arange(1), low)
    field.reset_to(torch.arange(1), high)
    for _ in range(10):
        plane.step(low.dof_pos)
        field.step(low.dof_pos)
    height = field.state().body_pos[0, 0, 2] - plane.state().body_pos[0, 0, 2]
    assert float(height) == pytest.approx(0.2, abs=2e-3)
    assert field.state().foot_contact.all()

"""Random starts, pushes and properties stay in their bounds."""

import itertools

import torch

from motionlib.rotations import quat_angle
from training.envs.config import RandomizationConfig, ResetConfig, Spread
from training.envs.randomization import (
    PushTimer,
    noisy_reset,
    robot_properties,
    spread_draw,
)
from training.simulators.base import ResetState


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rest(count: int, dofs: int = 3) -> ResetState:
    return ResetState(
        root_pos=torch.zeros(count, 3),
        root_quat_wxyz=torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(count, 1),
        root_lin_vel=torch.zeros(count, 3),
        root_ang_vel=torch.zeros(count, 3),
        dof_pos=torch.zeros(count, dofs),
        dof_vel=torch.ones(count, dofs),
    )


def test_draws_fill_their_half_widths() -> None:
    spread = Spread(x=1.0, y=2.0, z=3.0, roll=0.1, pitch=0.2, yaw=0.0)
    reach = spread_draw(spread, 5000, generator=generator()).abs().amax(0)
    widths = torch.tensor([1.0, 2.0, 3.0, 0.1, 0.2, 0.0])
    assert (reach <= widths).all()
    assert (reach >= 0.98 * widths).all()


def test_noisy_starts_surround_the_reference() -> None:
    config = ResetConfig(
        pose=Spread(x=0.1, yaw=0.2), velocity=Spread(z=0.3, pitch=0.4), joint_pos=0.05
    )
    limits = torch.tensor([[-1.0, 1.0], [-0.01, 1.0], [0.02, 1.0]])
    state = noisy_reset(rest(4000), config, limits, generator=generator())
    assert 0.095 < state.root_pos[:, 0].abs().max() <= 0.1
    assert state.root_pos[:, 1:].abs().max() == 0.0
    identity = torch.tensor([1.0, 0.0, 0.0, 0.0])
    assert 0.19 < quat_angle(state.root_quat_wxyz, identity.expand(4000, 4)).max() <= 0.2001
    assert 0.28 < state.root_lin_vel[:, 2].abs().max() <= 0.3
    assert 0.38 < state.root_ang_vel[:, 1].abs().max() <= 0.4
    low, high = limits.unbind(-1)
    assert (state.dof_pos >= low).all()
    assert (state.dof_pos <= high).all()
    assert 0.045 < state.dof_pos[:, 0].abs().max() <= 0.05
    assert (state.dof_vel == 1.0).all()


def test_properties_are_drawn_once_for_each_robot() -> None:
    config = RandomizationConfig(command_delay=3)
    values = robot_properties(config, 2000, generator=generator())
    friction = values["foot_friction"]
    assert friction.shape == (2000,)
    assert 0.3 <= friction.min() < 0.31
    assert 1.19 < friction.max() <= 1.2
    reach = values["anchor_com_offset"].abs().amax(0)
    assert (reach <= torch.tensor([0.025, 0.05, 0.05])).all()
    assert set(values["command_delay"].tolist()) == {0, 1, 2, 3}


def test_nominal_robots_need_no_properties() -> None:
    nominal = RandomizationConfig(foot_friction=None, anchor_com=(0.0, 0.0, 0.0))
    assert robot_properties(nominal, 10, generator=generator()) == {}


def test_pushes_come_every_interval() -> None:
    timer = PushTimer((1.0, 3.0), 50, generator=generator())
    times: list[list[float]] = [[] for _ in range(50)]
    for step in range(1000):
        for env in timer.due(0.02).tolist():
            times[env].append(step * 0.02)
    gaps = torch.tensor([b - a for own in times for a, b in itertools.pairwise(own)])
    assert all(0.97 < own[0] <= 3.0 for own in times)
    assert gaps.min() > 0.97
    assert gaps.max() < 3.03
    assert 1.8 < gaps.mean() < 2.2

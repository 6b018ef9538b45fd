"""Random starts, pushes and robot properties."""

import torch
from torch import Tensor

from motionlib.rotations import quat_from_euler_xyz, quat_mul
from training.envs.config import RandomizationConfig, ResetConfig, Spread
from training.simulators.base import ResetState


def spread_draw(spread: Spread, count: int, *, generator: torch.Generator) -> Tensor:
    """(count, 6) uniform draws: x, y, z, roll, pitch, yaw."""
    widths = (spread.x, spread.y, spread.z, spread.roll, spread.pitch, spread.yaw)
    device = generator.device
    unit = torch.empty(count, 6, device=device).uniform_(-1.0, 1.0, generator=generator)
    return unit * torch.tensor(widths, device=device)


def noisy_reset(
    state: ResetState, config: ResetConfig, limits: Tensor, *, generator: torch.Generator
) -> ResetState:
    """Reference states of (K,) environments with uniform noise.

    Args:
        state: Exact reference.
        config: Half-widths; rotations are applied in the world's axes, on the left.
        limits: (D, 2) rad soft limits; dofs are clipped to them.
        generator: Of the draws.
    """
    count, num_dofs = state.dof_pos.shape
    pose = spread_draw(config.pose, count, generator=generator)
    velocity = spread_draw(config.velocity, count, generator=generator)
    turn = quat_from_euler_xyz(*pose[:, 3:].unbind(-1))
    unit = torch.empty(count, num_dofs, device=pose.device)
    joints = config.joint_pos * unit.uniform_(-1.0, 1.0, generator=generator)
    low, high = limits.unbind(-1)
    return ResetState(
        root_pos=state.root_pos + pose[:, :3],
        root_quat_wxyz=quat_mul(turn, state.root_quat_wxyz),
        root_lin_vel=state.root_lin_vel + velocity[:, :3],
        root_ang_vel=state.root_ang_vel + velocity[:, 3:],
        dof_pos=(state.dof_pos + joints).clamp(low, high),
        dof_vel=state.dof_vel,
    )


def robot_properties(
    config: RandomizationConfig, count: int, *, generator: torch.Generator
) -> dict[str, Tensor]:
    """What `Simulator.randomize` takes, for `count` environments; nothing where all are nominal."""
    device = generator.device
    values: dict[str, Tensor] = {}
    if config.foot_friction is not None:
        low, high = config.foot_friction
        unit = torch.rand(count, generator=generator, device=device)
        values["foot_friction"] = low + (high - low) * unit
    if any(config.anchor_com):
        unit = torch.empty(count, 3, device=device).uniform_(-1.0, 1.0, generator=generator)
        values["anchor_com_offset"] = unit * torch.tensor(config.anchor_com, device=device)
    if config.command_delay:
        values["command_delay"] = torch.randint(
            config.command_delay + 1, (count,), generator=generator, device=device
        )
    return values


class PushTimer:
    """Counts down to the next push of every environment."""

    def __init__(
        self, interval_s: tuple[float, float], count: int, *, generator: torch.Generator
    ) -> None:
        self._interval_s, self._generator = interval_s, generator
        self.left_s = torch.zeros(count, device=generator.device)
        """(E,) s until each is pushed."""
        self._draw(torch.arange(count, device=generator.device))

    def due(self, dt: float) -> Tensor:
        """(K,) int64 environments whose time has come, after `dt` s more; each starts anew."""
        self.left_s -= dt
        ids = (self.left_s <= 0.0).nonzero().squeeze(-1)
        if len(ids):
            self._draw(ids)
        return ids

    def _draw(self, ids: Tensor) -> None:
        low, high = self._interval_s
        unit = torch.rand(len(ids), generator=self._generator, device=ids.device)
        self.left_s[ids] = low + (high - low) * unit

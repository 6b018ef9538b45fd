"""What an environment may ask of a simulator: small, batched, the same for every engine."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from motionlib.robot import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Engine and rates."""

    name: str = "mujoco"
    physics_dt: float = 0.005
    """s, one physics step."""
    decimation: int = 4
    """Physics steps in one control step."""
    num_threads: int = 0
    """Worker threads of a CPU engine; 0 uses every core."""
    actuator_profile: str = ""
    """Name in the robot's yaml; empty uses its default."""

    @property
    def control_dt(self) -> float:
        """s, one control step."""
        return self.physics_dt * self.decimation


@dataclass(slots=True, kw_only=True)
class ResetState:
    """What a simulator needs to be put somewhere: root and dofs, never body poses."""

    root_pos: torch.Tensor
    """(K, 3) m, world."""
    root_quat_wxyz: torch.Tensor
    """(K, 4) unit, world."""
    root_lin_vel: torch.Tensor
    """(K, 3) m/s, world, of the root body's origin."""
    root_ang_vel: torch.Tensor
    """(K, 3) rad/s, world."""
    dof_pos: torch.Tensor
    """(K, D) rad."""
    dof_vel: torch.Tensor
    """(K, D) rad/s."""


@dataclass(slots=True, kw_only=True)
class SimState:
    """State of every environment at one instant; all fields belong to the same instant as `dof_pos`."""

    dof_pos: torch.Tensor
    """(E, D) rad."""
    dof_vel: torch.Tensor
    """(E, D) rad/s."""
    body_pos: torch.Tensor
    """(E, B, 3) m, world, body origins; index 0 is the root."""
    body_quat_wxyz: torch.Tensor
    """(E, B, 4) unit, world."""
    body_lin_vel: torch.Tensor
    """(E, B, 3) m/s, world, of the body's origin, never of its centre of mass."""
    body_ang_vel: torch.Tensor
    """(E, B, 3) rad/s, world."""
    foot_contact: torch.Tensor
    """(E, F) bool: foot touches the ground, in the order of `robot.foot_bodies`; from the pose of
    the sole, so that it belongs to the same instant as everything else."""
    self_contacts: torch.Tensor
    """(E,) f32: contacts between bodies of the robot, of the last physics step."""
    unstable: torch.Tensor
    """(E,) bool: the engine reported a bad state during the last step; the caller must reset it."""


class Simulator(ABC):
    """E copies of one robot on one terrain, advanced together."""

    robot: Robot
    config: SimulatorConfig
    num_envs: int
    device: torch.device

    @abstractmethod
    def __init__(
        self, robot: Robot, config: SimulatorConfig, *, num_envs: int, device: torch.device | str
    ) -> None: ...

    @abstractmethod
    def reset_to(self, env_ids: torch.Tensor, state: ResetState) -> None:
        """Put environments somewhere; `state()` is current for them afterwards.

        Args:
            env_ids: (K,) int64, sorted, unique.
            state: (K, ...) rows.
        """

    @abstractmethod
    def step(self, targets: torch.Tensor) -> None:
        """Advance every environment by one control step towards (E, D) rad position targets."""

    @abstractmethod
    def state(self) -> SimState:
        """Current state; tensors may be views that the next `step` or `reset_to` overwrites."""

    @abstractmethod
    def push(self, env_ids: torch.Tensor, lin_vel: torch.Tensor, ang_vel: torch.Tensor) -> None:
        """Add (K, 3) m/s and (K, 3) rad/s, world, to root velocities: added, never replaced."""

    @abstractmethod
    def randomize(self, values: Mapping[str, torch.Tensor]) -> None:
        """Set model properties of every environment.

        Args:
            values: by name: `foot_friction` (E,) absolute; `anchor_com_offset` (E, 3) m added to
                the anchor body's centre of mass; `mass_scale` (E,) of the root body;
                `command_delay` (E,) int64, physics steps by which targets come late, fewer
                than one control step.

        Raises:
            ValueError: A property that this engine does not know; names the known ones.
        """

    @abstractmethod
    def warnings(self) -> Mapping[str, int]:
        """Instability warnings counted since the start, by the engine's own names."""

    @abstractmethod
    def close(self) -> None:
        """Release threads and processes."""

"""What an environment may ask of a simulator: small, batched, the same for every engine."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from motionlib.robot import Robot
from training.simulators.properties import check_properties, nominal_properties
from training.simulators.terrain import FLAT, Ground, Terrain
from training.values import ConfigError


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

    def __post_init__(self) -> None:
        if not 0.0 < self.physics_dt < math.inf:
            raise ConfigError(f"simulator.physics_dt is {self.physics_dt}, expected more than 0 s")
        for name, low in (("decimation", 1), ("num_threads", 0)):
            if getattr(self, name) < low:
                raise ConfigError(
                    f"simulator.{name} is {getattr(self, name)}, expected {low} or more"
                )

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
    """(E, F) bool: foot touches the ground, in the order of `robot.foot_bodies`. On the plane from
    the pose of the sole, so that it belongs to the same instant as everything else; on a height
    field `body_contact` of the feet, because a sole may stand on an edge between its corners."""
    body_contact: torch.Tensor
    """(E, B) bool: body touches the ground, from the contact list of the last physics step, or of
    the reset; the robot's contacts with itself do not count."""
    dof_torque: torch.Tensor
    """(E, D) N m, what the position servos gave in the last physics step, within their effort
    limits; zero after a reset. A servo's derivative gain is part of `Actuators.damping`, the
    joint's: what both together gave is `dof_torque - damping * dof_vel`. About the axes of the
    hinges, where three of them stand for a dof's rotation vector too."""
    self_contacts: torch.Tensor
    """(E,) f32: contacts between bodies of the robot, of the last physics step."""
    unstable: torch.Tensor
    """(E,) bool: the engine reported a bad state during the last step; the caller must reset it."""


class Simulator(ABC):
    """E copies of one robot on one terrain, advanced together; robots do not meet each other."""

    def __init__(
        self,
        robot: Robot,
        config: SimulatorConfig,
        *,
        num_envs: int,
        device: torch.device | str = "cpu",
        terrain: Terrain = FLAT,
    ) -> None:
        self.robot, self.config, self.terrain = robot, config, terrain
        self.num_envs, self.device = num_envs, torch.device(device)
        self._ground = Ground(terrain, self.device)
        self._properties = nominal_properties(robot, num_envs, device=self.device)
        self._drawn: set[str] = set()

    @abstractmethod
    def reset_to(self, env_ids: torch.Tensor, state: ResetState) -> None:
        """Put environments somewhere; `state()` is current for them afterwards.

        Args:
            env_ids: (K,) int64, sorted, unique.
            state: (K, ...) rows.
        """

    @abstractmethod
    def step(self, targets: torch.Tensor, *, env_ids: torch.Tensor | None = None) -> None:
        """Advance environments by one control step.

        Args:
            targets: (E, D) rad, position targets.
            env_ids: (K,) int64, sorted, unique: those that advance, the others stay as they are;
                None: all.
        """

    @abstractmethod
    def state(self) -> SimState:
        """Current state; tensors may be views that the next `step` or `reset_to` overwrites."""

    @abstractmethod
    def push(self, env_ids: torch.Tensor, lin_vel: torch.Tensor, ang_vel: torch.Tensor) -> None:
        """Add (K, 3) m/s and (K, 3) rad/s, world, to root velocities: added, never replaced."""

    def heights(self, xy: torch.Tensor) -> torch.Tensor:
        """(E, K) m, world, of the ground at (E, K, 2) m, world: of its triangles, see `Terrain`.

        Beyond the edge of a height field there is no ground; the height is then the edge's.
        """
        return self._ground.heights(xy)

    def randomize(self, values: Mapping[str, torch.Tensor]) -> None:
        """Set model properties of every environment; what is not named stays as it is.

        Args:
            values: (E, ...) by name: `foot_friction`, `anchor_com_offset`, `mass_scale`,
                `command_delay`, as `nominal_properties` says.

        Raises:
            ValueError: Unknown, out of bounds, or of another shape; see `check_properties`.
        """
        nominal, decimation = self._properties, self.config.decimation
        check_properties(values, nominal, engine=self.config.name, decimation=decimation)
        self._set_properties(values)
        self._properties |= {name: x.to(nominal[name], copy=True) for name, x in values.items()}
        self._drawn |= values.keys()

    def properties(self) -> Mapping[str, torch.Tensor]:
        """Every property's value now, (E, ...), drawn or nominal, by the names of `randomize`."""
        return dict(self._properties)

    def state_dict(self) -> dict[str, Any] | None:
        """All that `state()` and every later step follow from, to the bit, as copies.

        None where an engine cannot say it: a run that goes on then starts its episodes anew.
        """
        engine = self._engine_state()
        if engine is None:
            return None
        # what was never drawn is not set again: the model's own numbers have more digits
        drawn = {name: self._properties[name].clone() for name in sorted(self._drawn)}
        return {"properties": drawn, "engine": engine}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Stand where `state_dict` was taken, of as many environments of the same robot."""
        self.randomize(state["properties"])
        self._load_engine_state(state["engine"])

    def _engine_state(self) -> dict[str, Any] | None:
        """Copies of what the engine goes on from; None if it cannot say."""
        return None

    def _load_engine_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `_engine_state` gave."""
        raise NotImplementedError(f"{self.config.name} does not say where it stands")

    @abstractmethod
    def _set_properties(self, values: Mapping[str, torch.Tensor]) -> None:
        """Put checked values into the engine."""

    @abstractmethod
    def warnings(self) -> Mapping[str, int]:
        """Instability warnings counted since the start, by the engine's own names."""

    @abstractmethod
    def close(self) -> None:
        """Release threads and processes."""

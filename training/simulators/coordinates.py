"""Conversion between a robot's dofs and an engine that has one hinge for each of them."""

from torch import Tensor

from motionlib.exponential_map import (
    angular_from_hinge_velocities,
    exponential_map_from_hinges,
    hinge_velocities_from_angular,
    hinges_from_exponential_map,
)
from motionlib.robot import Robot


class HingeConversion:
    """Converts (..., D) dofs to hinges and back; those of robots with hinges stay as they are."""

    def __init__(self, robot: Robot) -> None:
        self.is_identity = robot.dof_coordinates == "hinges"
        """Whether nothing has to be converted."""

    def to_hinges(self, dof_pos: Tensor, dof_vel: Tensor) -> tuple[Tensor, Tensor]:
        """Hinge angles (rad) and rates (rad/s) of dof positions and velocities."""
        if self.is_identity:
            return dof_pos, dof_vel
        angles = hinges_from_exponential_map(dof_pos.double())
        return angles, hinge_velocities_from_angular(angles, dof_vel.double())

    def targets(self, targets: Tensor, angles: Tensor) -> Tensor:
        """Hinge angles (rad) of position targets, on the side of the hinges' present angles."""
        if self.is_identity:
            return targets
        return hinges_from_exponential_map(targets.to(angles), near=angles)

    def from_hinges(self, angles: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
        """Dof positions and velocities, f32, of hinge angles and rates."""
        if self.is_identity:
            return angles.float(), rates.float()
        dof_vel = angular_from_hinge_velocities(angles, rates)
        return exponential_map_from_hinges(angles).float(), dof_vel.float()

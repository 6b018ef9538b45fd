"""One clip on one robot: its truth, and the body states that follow from it by stated rules."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from motionlib.contacts import label_contacts
from motionlib.errors import MotionError
from motionlib.kinematics import Kinematics
from motionlib.robot import Robot
from motionlib.schema import check_field
from motionlib.velocities import (
    VelocityRule,
    angular_velocity,
    dof_velocity,
    linear_velocity,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a clip comes from and what was done to it; travels in every file."""

    source: str
    """Relative name of the source, with the part of it: `reference_motions.pkl:0.1_0.0_0.0`."""
    source_sha256: str = ""
    steps: tuple[str, ...] = ()
    """The rules applied, in order, for people."""
    command: tuple[float, float, float] | None = None
    """dx m/s, dy m/s, dtheta rad/s of a walking reference."""

    def then(self, step: str) -> "Provenance":
        """The provenance with one more step."""
        return replace(self, steps=(*self.steps, step))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """One clip on one robot; immutable."""

    name: str
    robot: Robot
    fps: float
    root_pos: Tensor
    """(T, 3) m, world, origin of the root body."""
    root_quat_wxyz: Tensor
    """(T, 4) unit, world."""
    dof_pos: Tensor
    """(T, D) rad, robot order, root excluded."""
    foot_contact: Tensor | None = None
    """(T, F) bool, the source's own labels in the order of `robot.foot_bodies`."""
    provenance: Provenance
    weight: float = 1.0
    """Sampling weight, not normalised."""

    def __post_init__(self) -> None:
        if not self.name:
            raise MotionError("a motion has no name")
        if not (self.fps > 0.0 and self.fps < float("inf")):
            raise MotionError(f"{self.name}: fps is {self.fps}, expected a positive number")
        if self.root_pos.ndim == 0 or self.root_pos.shape[0] == 0:
            raise MotionError(f"{self.name}: no frames")
        sizes = {
            "T": self.root_pos.shape[0],
            "D": self.robot.num_dofs,
            "F": len(self.robot.foot_bodies),
        }
        for field in ("root_pos", "root_quat_wxyz", "dof_pos"):
            check_field(field, getattr(self, field), sizes, where=self.name)
        if self.foot_contact is not None:
            check_field("foot_contact", self.foot_contact, sizes, where=self.name)

    @property
    def num_frames(self) -> int:
        """T."""
        return self.root_pos.shape[0]

    @property
    def seconds(self) -> float:
        """Time from the first frame to the last, (T - 1) / fps."""
        return (self.num_frames - 1) / self.fps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionStates:
    """Body states of T frames (or of any batch, where a reader says so), world frame."""

    dof_pos: Tensor
    """(T, D) rad."""
    dof_vel: Tensor
    """(T, D) rad/s."""
    body_pos: Tensor
    """(T, B, 3) m, body origins."""
    body_quat_wxyz: Tensor
    """(T, B, 4) unit."""
    body_lin_vel: Tensor
    """(T, B, 3) m/s, of body origins."""
    body_ang_vel: Tensor
    """(T, B, 3) rad/s."""
    body_contact: Tensor
    """(T, B) bool, ground contact."""

    @property
    def num_frames(self) -> int:
        """T."""
        return self.dof_pos.shape[0]

    def frames(self, index: Tensor | slice) -> "MotionStates":
        """The rows that `index` selects."""
        return MotionStates(**{name: getattr(self, name)[index] for name in STATE_FIELDS})

    def to(self, device: torch.device | str) -> "MotionStates":
        """The clip on another device."""
        return MotionStates(**{name: getattr(self, name).to(device) for name in STATE_FIELDS})


STATE_FIELDS: tuple[str, ...] = (
    "dof_pos",
    "dof_vel",
    "body_pos",
    "body_quat_wxyz",
    "body_lin_vel",
    "body_ang_vel",
    "body_contact",
)


def concatenate_states(parts: list[MotionStates]) -> MotionStates:
    """Frames of several clips one after the other; nothing is differentiated across them."""
    return MotionStates(
        **{name: torch.cat([getattr(part, name) for part in parts]) for name in STATE_FIELDS}
    )


def states_from_motion(motion: Motion, *, velocity_rule: VelocityRule = "central") -> MotionStates:
    """Body states of a clip.

    Poses by forward kinematics; velocities of body origins, of body rotations and of dofs from
    the same trajectory by the named rule; contacts from the source's labels where the clip has
    them (feet only), else by `contacts.label_contacts`. Computed in float64, returned in float32.

    Args:
        motion: The clip.
        velocity_rule: See `velocities.VelocityRule`.
    """
    kinematics = Kinematics(motion.robot, dtype=torch.float64)
    dof_pos = motion.dof_pos.double()
    poses = kinematics.forward(motion.root_pos.double(), motion.root_quat_wxyz.double(), dof_pos)
    lin_vel = linear_velocity(poses.body_pos, motion.fps, velocity_rule)
    ang_vel = angular_velocity(poses.body_quat_wxyz, motion.fps, velocity_rule)
    return MotionStates(
        dof_pos=motion.dof_pos.float(),
        dof_vel=dof_velocity(motion.robot, dof_pos, motion.fps, velocity_rule).float(),
        body_pos=poses.body_pos.float(),
        body_quat_wxyz=poses.body_quat_wxyz.float(),
        body_lin_vel=lin_vel.float(),
        body_ang_vel=ang_vel.float(),
        body_contact=_contacts(motion, poses.body_pos, lin_vel),
    )


def _contacts(motion: Motion, body_pos: Tensor, body_lin_vel: Tensor) -> Tensor:
    if motion.foot_contact is None:
        return label_contacts(body_pos, body_lin_vel)
    contact = torch.zeros(body_pos.shape[:2], dtype=torch.bool)
    for foot, name in enumerate(motion.robot.foot_bodies):
        contact[:, motion.robot.body_names.index(name)] = motion.foot_contact[:, foot]
    return contact

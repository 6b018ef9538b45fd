"""Many motions packed into flat tensors, sampled at any time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from motionlib.errors import MotionError, repeated_names
from motionlib.motion import (
    STATE_FIELDS,
    Motion,
    MotionStates,
    Provenance,
    concatenate_states,
    states_from_motion,
)
from motionlib.resampling import resample_motion
from motionlib.robot import Robot
from motionlib.rotations import slerp
from motionlib.velocities import VelocityRule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MotionLib:
    """M motions; those of motion m are frames `starts[m] : starts[m] + num_frames[m]`."""

    robot: Robot
    names: tuple[str, ...]
    """Keys of weights, failures and reports; unique."""
    provenances: tuple[Provenance, ...]
    velocity_rule: VelocityRule
    states: MotionStates
    """(F, ...) all frames, clip after clip."""
    starts: Tensor
    """(M,) int64."""
    num_frames: Tensor
    """(M,) int64."""
    fps: Tensor
    """(M,) f32."""
    weights: Tensor
    """(M,) f32, not normalised."""
    sha256: str
    """Of the file it was read from, else of its content."""

    def __post_init__(self) -> None:
        if not self.names:
            raise MotionError("a motion library needs at least one motion")
        if twice := repeated_names(self.names):
            raise MotionError(f"motion names must be unique; used twice: {', '.join(twice[:5])}")

    @property
    def num_motions(self) -> int:
        """M."""
        return len(self.names)

    @property
    def lengths_s(self) -> Tensor:
        """(M,) s, (frames - 1) / fps."""
        return (self.num_frames - 1).float() / self.fps

    def to(self, device: torch.device | str) -> "MotionLib":
        """The same on another device."""
        moved = {name: getattr(self, name).to(device) for name in _TENSORS}
        return replace(self, states=self.states.to(device), **moved)

    def motion(self, index: int) -> Motion:
        """One motion as a clip of its own: root pose, dofs and foot contacts of its frames."""
        start = int(self.starts[index])
        states = self.states.frames(slice(start, start + int(self.num_frames[index])))
        feet = [self.robot.body_names.index(name) for name in self.robot.foot_bodies]
        return Motion(
            name=self.names[index],
            robot=self.robot,
            fps=float(self.fps[index]),
            root_pos=states.body_pos[:, 0],
            root_quat_wxyz=states.body_quat_wxyz[:, 0],
            dof_pos=states.dof_pos,
            foot_contact=states.body_contact[:, feet],
            provenance=self.provenances[index],
            weight=float(self.weights[index]),
        )

    def at_fps(self, fps: float) -> "MotionLib":
        """Every clip at exactly `fps`; itself when all are."""
        if bool((self.fps == fps).all()):
            return self
        motions = [resample_motion(self.motion(m), fps) for m in range(self.num_motions)]
        library = library_from_motions(motions, velocity_rule=self.velocity_rule)
        return replace(library, sha256=self.sha256)

    def get_motion_state(self, motion_ids: Tensor, times_s: Tensor) -> MotionStates:
        """States at any time, interpolated between frames (ProtoMotions' sampling rule).

        Vectors linear, rotations slerp, contacts of either neighbour frame. Times outside a clip
        are clamped to its ends.

        Args:
            motion_ids: (N,) int64.
            times_s: (N,) s from each clip's first frame.

        Returns:
            (N, ...) rows.
        """
        last = self.num_frames[motion_ids] - 1
        position = (times_s * self.fps[motion_ids]).clamp(min=0.0)
        position = torch.minimum(position, last.to(position))
        low = position.floor().long()
        high = torch.minimum(low + 1, last)
        blend = position - low
        start = self.starts[motion_ids]
        return _interpolate(self.states, start + low, start + high, blend)


_TENSORS = ("starts", "num_frames", "fps", "weights")


def library_from_motions(
    motions: Sequence[Motion], *, velocity_rule: VelocityRule = "central"
) -> MotionLib:
    """Pack clips of one robot; velocities are derived clip by clip, never across two.

    Args:
        motions: At least one, names unique, one robot; rates may differ.
        velocity_rule: See `velocities.VelocityRule`.

    Raises:
        MotionError: No motion, a name used twice, or motions of different robots.
    """
    if not motions:
        raise MotionError("a motion library needs at least one motion")
    robot = motions[0].robot
    for motion in motions:
        if motion.robot.semantic_sha256 != robot.semantic_sha256:
            raise MotionError(
                f"{motion.name} is on robot {motion.robot.name}, {motions[0].name} on "
                f"{robot.name}; pack one robot at a time"
            )
    parts = [states_from_motion(motion, velocity_rule=velocity_rule) for motion in motions]
    return library_from_states(motions, parts, velocity_rule=velocity_rule)


def library_from_states(
    motions: Sequence[Motion], parts: list[MotionStates], *, velocity_rule: VelocityRule
) -> MotionLib:
    """Pack clips whose body states are known already, for example as a file stores them.

    Args:
        motions: Clips, for names, rates, weights and provenance.
        parts: States of each, same order.
        velocity_rule: By which the states' velocities were made.
    """
    num_frames = torch.tensor([part.num_frames for part in parts])
    states = concatenate_states(parts)
    return MotionLib(
        robot=motions[0].robot,
        names=tuple(motion.name for motion in motions),
        provenances=tuple(motion.provenance for motion in motions),
        velocity_rule=velocity_rule,
        states=states,
        starts=num_frames.cumsum(0) - num_frames,
        num_frames=num_frames,
        fps=torch.tensor([motion.fps for motion in motions], dtype=torch.float32),
        weights=torch.tensor([motion.weight for motion in motions], dtype=torch.float32),
        sha256=_sha256_of_states(states),
    )


def _sha256_of_states(states: MotionStates) -> str:
    digest = hashlib.sha256()
    for name in STATE_FIELDS:
        digest.update(getattr(states, name).contiguous().numpy().tobytes())
    return digest.hexdigest()


def _interpolate(states: MotionStates, low: Tensor, high: Tensor, blend: Tensor) -> MotionStates:
    def lerp(x: Tensor) -> Tensor:
        t = blend.view(-1, *[1] * (x.ndim - 1))
        return (1.0 - t) * x[low] + t * x[high]

    quats = states.body_quat_wxyz
    spread = blend.unsqueeze(-1).expand(-1, quats.shape[1])
    return MotionStates(
        dof_pos=lerp(states.dof_pos),
        dof_vel=lerp(states.dof_vel),
        body_pos=lerp(states.body_pos),
        body_quat_wxyz=slerp(quats[low], quats[high], spread),
        body_lin_vel=lerp(states.body_lin_vel),
        body_ang_vel=lerp(states.body_ang_vel),
        body_contact=states.body_contact[low] | states.body_contact[high],
    )

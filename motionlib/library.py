"""Many motions packed into flat tensors, sampled at any time."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from motionlib.errors import MotionError, repeated_names
from motionlib.frames import FrameSource, LoadedFrames
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
from motionlib.sampling import neighbours, sample_states
from motionlib.velocities import VelocityRule


class ContentHash:
    """A hex sha256 that is computed when it is first asked for: files may be large."""

    def __init__(self, compute: Callable[[], str]) -> None:
        self._compute = compute

    @cached_property
    def sha256(self) -> str:
        """Hex."""
        return self._compute()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class MotionLib:
    """M motions; those of motion m are frames `starts[m] : starts[m] + num_frames[m]`."""

    robot: Robot
    names: tuple[str, ...]
    """Keys of weights, failures and reports; unique."""
    provenances: tuple[Provenance, ...]
    velocity_rule: VelocityRule
    source: FrameSource
    """F frames, clip after clip."""
    starts: Tensor
    """(M,) int64."""
    num_frames: Tensor
    """(M,) int64."""
    fps: Tensor
    """(M,) f32."""
    weights: Tensor
    """(M,) f32, not normalised."""
    content: ContentHash
    """Content hash of the file that the library was read from, else of its frames."""

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
    def sha256(self) -> str:
        """Hash of the file it was read from, else of its frames; computed when first asked for."""
        return self.content.sha256

    @property
    def lengths_s(self) -> Tensor:
        """(M,) f32 s, (frames - 1) / fps."""
        return ((self.num_frames - 1).double() / self.fps.double()).float()

    @property
    def states(self) -> MotionStates:
        """(F, ...) all frames in memory; those of a mapped file are read on first use."""
        return self.source.loaded().states

    def frames(self, index: Tensor | slice) -> MotionStates:
        """The (N, ...) rows that flat frame numbers select; of a mapped file, only those."""
        return self.source.frames(index)

    def loaded(self) -> "MotionLib":
        """The library with every frame in memory; itself if they are."""
        source = self.source.loaded()
        return self if source is self.source else replace(self, source=source)

    def to(self, device: torch.device | str) -> "MotionLib":
        """The library in the memory of a device."""
        moved = {name: getattr(self, name).to(device) for name in _TENSORS}
        return replace(self, source=self.source.loaded().to(device), **moved)

    def motion(self, index: int) -> Motion:
        """One motion as a clip of its own: root pose, dofs and foot contacts of its frames."""
        start = int(self.starts[index])
        states = self.frames(slice(start, start + int(self.num_frames[index])))
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
        return replace(library, content=self.content)

    def get_motion_state(self, motion_ids: Tensor, times_s: Tensor) -> MotionStates:
        """States at any time, interpolated between frames as ProtoMotions does (`sampling`).

        Times outside a clip are clamped to its ends.

        Args:
            motion_ids: (N,) int64.
            times_s: (N,) s from each clip's first frame.

        Returns:
            (N, ...) rows.
        """
        fps, num_frames = self.fps[motion_ids].double(), self.num_frames[motion_ids]
        at = neighbours(
            times_s=times_s.float(),
            starts=self.starts[motion_ids],
            num_frames=num_frames,
            step_s=(1.0 / fps).float(),
            lengths_s=((num_frames - 1).double() / fps).float(),
        )
        return sample_states(self.source, self.robot, at)


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
        source=LoadedFrames(states=states),
        starts=num_frames.cumsum(0) - num_frames,
        num_frames=num_frames,
        fps=torch.tensor([motion.fps for motion in motions], dtype=torch.float32),
        weights=torch.tensor([motion.weight for motion in motions], dtype=torch.float32),
        content=ContentHash(lambda: _sha256_of_states(states)),
    )


def _sha256_of_states(states: MotionStates) -> str:
    digest = hashlib.sha256()
    for name in STATE_FIELDS:
        digest.update(getattr(states, name).contiguous().numpy().tobytes())
    return digest.hexdigest()

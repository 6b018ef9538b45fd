"""Clips on their way into a packaged MotionLib: loaded when their turn comes, checked, let go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from motionlib.errors import MotionError, repeated_names
from motionlib.library import MotionLib
from motionlib.motion import (
    STATE_FIELDS,
    Motion,
    MotionStates,
    Provenance,
    states_from_motion,
)
from motionlib.robot import Robot
from motionlib.schema import FIELDS
from motionlib.showing import type_name
from motionlib.velocities import VelocityRule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedClip:
    """One clip of a library to be written; its frames are loaded when their turn comes."""

    name: str
    fps: float
    num_frames: int
    weight: float
    provenance: Provenance
    load: Callable[[], MotionStates]
    """All frames, robot order; called once, and not kept."""

    @property
    def seconds(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.num_frames - 1) / self.fps


def clips_of_library(lib: MotionLib) -> list[PackedClip]:
    """The clips of a library as they are; a mapped one is read when they are written."""
    starts, counts = lib.starts.tolist(), lib.num_frames.tolist()
    rates, weights = lib.fps.tolist(), lib.weights.tolist()
    return [
        PackedClip(
            name=lib.names[m],
            fps=rates[m],
            num_frames=counts[m],
            weight=weights[m],
            provenance=lib.provenances[m],
            load=lambda start=starts[m], count=counts[m]: lib.frames(slice(start, start + count)),
        )
        for m in range(lib.num_motions)
    ]


def clips_of_motions(motions: Sequence[Motion], *, velocity_rule: VelocityRule) -> list[PackedClip]:
    """Clips whose body states are computed when they are written.

    Args:
        motions: Of one robot.
        velocity_rule: By which their velocities are made.
    """
    return [
        PackedClip(
            name=motion.name,
            fps=motion.fps,
            num_frames=motion.num_frames,
            weight=motion.weight,
            provenance=motion.provenance,
            load=lambda motion=motion: states_from_motion(motion, velocity_rule=velocity_rule),
        )
        for motion in motions
    ]


def check_clips(clips: Sequence[PackedClip], path: Path) -> None:
    """Refuse what cannot be one library.

    Raises:
        MotionError: No clips, a name twice, or a rate, length or weight that cannot be.
    """
    if not clips:
        raise MotionError(f"{path}: no motions to write")
    if twice := repeated_names(clip.name for clip in clips):
        raise MotionError(
            f"{path}: motion names must be unique, used twice: {', '.join(twice[:5])}; rename them"
        )
    for clip in clips:
        if not (0.0 < clip.fps < float("inf") and clip.num_frames >= 1):
            raise MotionError(
                f"{path}: {clip.name} has {clip.num_frames} frames at {clip.fps} fps; expected at "
                "least one, and a positive rate"
            )
        if not 0.0 <= clip.weight < float("inf"):
            raise MotionError(f"{path}: {clip.name} has weight {clip.weight}; expected 0 or more")


def check_states(states: MotionStates, clip: PackedClip, robot: Robot) -> None:
    """Refuse frames that are not what their clip announced.

    Raises:
        MotionError: Names the clip, the field, and the frame of a value that is not finite.
    """
    sizes = {"T": clip.num_frames, "B": robot.num_bodies, "D": robot.num_dofs}
    for field in STATE_FIELDS:
        value = getattr(states, field)
        axes = FIELDS[field].axes.split()
        expected = tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in axes)
        dtype = torch.bool if field == "body_contact" else torch.float32
        if tuple(value.shape) != expected or value.dtype != dtype:
            raise MotionError(
                f"{clip.name}: {field} has shape {tuple(value.shape)} and type "
                f"{type_name(value.dtype)}, "
                f"expected {expected}, type {type_name(dtype)}"
            )
        # a sum is finite only if every number is, and costs a pass without a second tensor
        if dtype == torch.float32 and not torch.isfinite(value.sum(dtype=torch.float64)):
            bad = ~torch.isfinite(value).flatten(1).all(1)
            raise MotionError(
                f"{clip.name}: {field} has NaN or infinity, first in frame {int(bad.int().argmax())}"
            )

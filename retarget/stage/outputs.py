"""What a run of retargeting leaves on the disk: libraries, clips for simulators, files to swap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from motionlib.errors import MotionError, repeated_names
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.protomotions.motion_file import save_motion_file
from motionlib.formats.protomotions.writer import PackedClip, write_motion_lib
from motionlib.motion import Motion
from motionlib.resampling import resample_motion
from motionlib.robot import Robot
from motionlib.rules import VelocityRule
from motionlib.stages.store import ClipStore
from retarget.protomotions.intermediate import (
    CONTACTS_SUFFIX,
    KEYPOINTS_SUFFIX,
    RETARGETED_SUFFIX,
    foot_labels,
    write_contacts,
    write_keypoints,
    write_retargeted,
)
from retarget.protomotions.keypoints import keypoints_of
from retarget.stage.run import RetargetResult
from retarget.stage.sources import SourceClip, load_source
from retarget.states import clip_states

RULE: VelocityRule = "forward_min3"
"""ProtoMotions' rule for velocities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A source and the robot motion that it became."""

    clip: SourceClip
    result: RetargetResult


def kept(clips: Sequence[SourceClip], results: Sequence[RetargetResult]) -> list[Outcome]:
    """What was accepted or flagged, in order."""
    pairs = zip(clips, results, strict=True)
    return [
        Outcome(clip=clip, result=result) for clip, result in pairs if result.fate != "rejected"
    ]


def dropped(clips: Sequence[SourceClip], results: Sequence[RetargetResult]) -> list[Outcome]:
    """What was solved and then rejected, in order."""
    pairs = zip(clips, results, strict=True)
    return [
        Outcome(clip=clip, result=result)
        for clip, result in pairs
        if result.fate == "rejected" and result.path
    ]


def robot_motion(outcome: Outcome, robot: Robot, store: ClipStore, *, step: str) -> Motion:
    """The robot's motion, with the source's name, weight and provenance.

    Args:
        outcome: One that is kept.
        robot: The target.
        store: Where it lies.
        step: For the provenance.

    Raises:
        FormatError: The entry is gone or damaged.
    """
    entry = store.load_arrays(outcome.result.path)
    contact = entry.arrays.get("foot_contact")
    return Motion(
        name=outcome.clip.clip_id,
        robot=robot,
        fps=entry.fps,
        root_pos=torch.from_numpy(entry.arrays["root_pos"]),
        root_quat_wxyz=torch.from_numpy(entry.arrays["root_quat_wxyz"]),
        dof_pos=torch.from_numpy(entry.arrays["dof_pos"]),
        foot_contact=None if contact is None else torch.from_numpy(contact),
        provenance=outcome.clip.provenance.then(step),
        weight=outcome.clip.weight,
    )


def source_motion(outcome: Outcome, robot: Robot) -> Motion:
    """The human's motion at the robot's rate."""
    motion = replace(load_source(outcome.clip, robot), name=outcome.clip.clip_id)
    fps = float(outcome.result.measures["fps"])
    return motion if motion.fps == fps else resample_motion(motion, fps)


def write_library(
    path: Path,
    robot: Robot,
    outcomes: Sequence[Outcome],
    load: Callable[[Outcome], Motion],
    *,
    step: str = "",
) -> None:
    """A MotionLib `.pt` of all outcomes, clip by clip in little memory.

    Args:
        path: To write.
        robot: Whose motions they are.
        outcomes: At least one.
        load: Outcome to its motion on the robot.
        step: For the provenance.
    """
    clips = [
        PackedClip(
            name=outcome.clip.clip_id,
            fps=float(outcome.result.measures["fps"]),
            num_frames=int(outcome.result.measures["frames"]),
            weight=outcome.clip.weight,
            provenance=outcome.clip.provenance.then(step) if step else outcome.clip.provenance,
            load=lambda outcome=outcome: clip_states(load(outcome), velocity_rule=RULE),
        )
        for outcome in outcomes
    ]
    write_motion_lib(path, robot, clips, velocity_rule=RULE, progress=True)


def write_clips(
    folder: Path, outcomes: Sequence[Outcome], load: Callable[[Outcome], Motion], *, kind: str
) -> None:
    """One file a clip; a name with `/` lies in folders.

    Args:
        folder: To write into.
        outcomes: What to write.
        load: Outcome to its motion on the robot.
        kind: `npz` or `motion`.

    Raises:
        MotionError: A name that would lie outside of the folder.
    """
    for outcome in outcomes:
        path = _inside(folder, f"{outcome.clip.clip_id}.{kind}")
        if kind == "npz":
            save_npz(path, [load(outcome)])
        else:
            save_motion_file(path, load(outcome))


def write_intermediate(
    folder: Path,
    outcomes: Sequence[Outcome],
    load: Callable[[Outcome], Motion],
    *,
    source: Robot,
    target: Robot,
) -> None:
    """ProtoMotions' files of every clip, in the folders that its scripts use.

    Args:
        folder: To write into.
        outcomes: What to write.
        load: Outcome to its motion on the target.
        source: A humanoid of the SMPL family.
        target: The robot.

    Raises:
        RobotError: The source is no such humanoid.
        MotionError: Two names become one in a flat folder.
    """
    names = [outcome.clip.clip_id.replace("/", "_") for outcome in outcomes]
    if twice := repeated_names(names):
        raise MotionError(f"{twice[0]}: two clips would have this name in a flat folder; rename")
    for name, outcome in zip(names, outcomes, strict=True):
        stem = f"{name}{KEYPOINTS_SUFFIX.removesuffix('.npy')}"
        keypoints = keypoints_of(source_motion(outcome, source))
        write_keypoints(folder / "keypoints-for-retarget" / f"{stem}.npy", keypoints)
        write_contacts(folder / "contacts" / f"{stem}{CONTACTS_SUFFIX}", foot_labels(keypoints))
        solved = folder / f"pyroki-retargeted-{target.name}" / f"{stem}{RETARGETED_SUFFIX}"
        write_retargeted(solved, load(outcome))


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise MotionError(f"{name}: this name lies outside of {folder}; rename the clip")
    return path

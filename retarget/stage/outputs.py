"""What a run of retargeting leaves on the disk: libraries, clips for simulators, files to swap."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
from retarget.stage.sources import Rows, SourceClip, load_source
from retarget.stage.stored import stored_motion
from retarget.states import clip_states

RULE: VelocityRule = "forward_min3"
"""ProtoMotions' rule for velocities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A source and the robot motion that it became."""

    clip: SourceClip
    row: Mapping[str, Any]
    """Of the robot's table."""


def kept(clips: Sequence[SourceClip], rows: Rows) -> list[Outcome]:
    """What was accepted or flagged, in the order of the clips."""
    return [each for each in _solved(clips, rows) if each.row["fate"] != "rejected"]


def dropped(clips: Sequence[SourceClip], rows: Rows) -> list[Outcome]:
    """What was solved and then rejected, in the order of the clips."""
    return [each for each in _solved(clips, rows) if each.row["fate"] == "rejected"]


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
    motion = stored_motion(outcome.row, robot, store)
    return replace(motion, provenance=outcome.clip.provenance.then(step))


def source_motion(outcome: Outcome, robot: Robot) -> Motion:
    """The human's motion at the robot's rate."""
    motion = replace(load_source(outcome.clip, robot), name=outcome.clip.clip_id)
    fps = float(outcome.row["fps"])
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
            fps=float(outcome.row["fps"]),
            num_frames=int(outcome.row["output_frames"]),
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


def _solved(clips: Sequence[SourceClip], rows: Rows) -> list[Outcome]:
    solved = {row["clip_id"]: row for row in rows if row["cache_path"]}
    return [
        Outcome(clip=clip, row=solved[clip.clip_id]) for clip in clips if clip.clip_id in solved
    ]

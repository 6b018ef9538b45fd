"""What `motion import` can read, by the suffix of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from motionlib.errors import MotionError
from pipelines.cli.clips import at_fps

if TYPE_CHECKING:
    from motionlib.motion import Motion
    from motionlib.robot import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to read; each reader looks at what concerns it."""

    fps: float | None
    quat_order: Literal["wxyz", "xyzw"] | None
    floor: Literal["shift", "keep"]
    output_fps: float | None
    joint_map: Path | None
    accept_implausible: bool = False


_RETARGETED = frozenset(("base_frame_pos", "base_frame_wxyz", "joint_angles"))
"""Arrays of what ProtoMotions' solver writes."""
_HUMAN = frozenset(("trans", "poses", "pose_body", "root_orient"))
Reader = Callable[[Path, "Robot", ImportOptions], "list[Motion]"]


def import_suffixes(robot: "Robot") -> tuple[str, ...]:
    """Suffixes of files that a robot can be moved by; folders stand for their files of these."""
    human = robot.dof_coordinates == "exponential_map"
    return (".bvh", ".csv", ".npz") if human else (".csv", ".npz", ".pkl")


def is_importable(file: Path, robot: "Robot") -> bool:
    """Whether a folder's file is one that the robot can be moved by."""
    return file.suffix.lower() in import_suffixes(robot)


def read_import(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """Read the clips of one file.

    Raises:
        MotionError: Unknown suffix, a human recording for a robot that is no humanoid of the SMPL
            family, or what the reader says.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise MotionError(
            f"{path}: suffix {path.suffix!r}; expected one of {', '.join(_READERS)} "
            f"(of which {robot.name} takes {', '.join(import_suffixes(robot))}); write a robot's "
            "motion as .csv with a header, a human's as .bvh"
        )
    return reader(path, robot, options)


def _read_csv(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    from motionlib.formats.csv import load_csv

    motion = load_csv(
        path,
        robot,
        fps=options.fps,
        quat_order=options.quat_order,
        floor=options.floor,
        accept_implausible=options.accept_implausible,
    )
    return at_fps([motion], options.output_fps)


def _read_npz(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """A robot's trajectory of any layout, or a human's recording."""
    from motionlib.containers.array_zip import array_headers
    from motionlib.formats.robot_npz import is_robot_npz, load_robot_npz

    held = set(array_headers(path))
    if held >= _RETARGETED and robot.dof_coordinates == "hinges":
        return _read_retargeted(path, robot, options)
    human = bool(held & _HUMAN) or robot.dof_coordinates == "exponential_map"
    if human and not is_robot_npz(path):
        return _read_human(path, robot, options)
    motions = load_robot_npz(
        path,
        robot,
        fps=options.fps,
        floor=options.floor,
        accept_implausible=options.accept_implausible,
    )
    return at_fps(motions, options.output_fps)


def _read_pickle(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    from motionlib.formats.robot_pickle import load_robot_pickle

    motions = load_robot_pickle(
        path,
        robot,
        fps=options.fps,
        quat_order=options.quat_order,
        floor=options.floor,
        accept_implausible=options.accept_implausible,
    )
    return at_fps(motions, options.output_fps)


def _read_retargeted(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """What ProtoMotions' solver wrote, with the labels beside it or in `contacts` next to it."""
    from motionlib.plausibility import plausible_on_floor
    from retarget.protomotions.intermediate import read_retargeted

    labels = path.parent.parent / "contacts"
    motion = read_retargeted(path, robot, contacts=labels if labels.is_dir() else None)
    motion = plausible_on_floor(
        motion, str(path), floor=options.floor, accept=options.accept_implausible
    )
    return at_fps([motion], options.output_fps)


def _read_human(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """A human recording on a humanoid, at the asked rate or else its own."""
    if robot.dof_coordinates != "exponential_map":
        raise MotionError(
            f"{path}: holds a human's motion, and {robot.name} is no humanoid of the SMPL family; "
            "import it with --robot smpl"
        )
    from motionlib.files import sha256_of_file
    from motionlib.formats.header import relative_name
    from motionlib.grounding import shifted_to_floor
    from motionlib.human.as_motion import as_motion
    from motionlib.human.conversion import convert_clip
    from motionlib.human.readers.by_suffix import read_human_clip
    from motionlib.human.settings import HumanSettings
    from motionlib.human.skeleton.joint_map import load_skeleton_map
    from motionlib.motion import Provenance
    from motionlib.plausibility import DOUBTFUL, refuse
    from motionlib.plausibility_table import findings_of

    asked = options.joint_map
    joint_map = None if asked is None else load_skeleton_map(asked)
    clip = read_human_clip(path, robot, joint_map=joint_map)
    settings = HumanSettings(
        fps=options.output_fps or clip.fps,
        height_fix="none",
        self_penetration=False,
    )
    human = convert_clip(clip, robot, settings)
    found = findings_of(human.measures)
    if not options.accept_implausible:
        refuse(found, f"{path}: cannot be a human's motion")
    doubts = (DOUBTFUL + each.reason for each in found)
    source = f"{clip.format}: {clip.fps:g} fps"
    provenance = Provenance(
        source=relative_name(path),
        source_sha256=sha256_of_file(path),
        steps=("; ".join((source, *clip.notes)), f"resampled to {human.fps:g} fps", *doubts),
    )
    motion = as_motion(human, robot, name=path.stem, provenance=provenance)
    return [shifted_to_floor(motion) if options.floor == "shift" else motion]


_READERS: dict[str, Reader] = {
    ".bvh": _read_human,
    ".csv": _read_csv,
    ".npz": _read_npz,
    ".pkl": _read_pickle,
}

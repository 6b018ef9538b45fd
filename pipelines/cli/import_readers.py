"""What `motion import` can read, by the suffix of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from motionlib.errors import MotionError
from motionlib.formats.unread import unread_note
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

    def of_robots(self) -> dict[str, Any]:
        """What every reader of robots' trajectories is told."""
        return {
            "fps": self.fps,
            "quat_order": self.quat_order,
            "floor": self.floor,
            "accept_implausible": self.accept_implausible,
        }


Reader = Callable[[Path, "Robot", ImportOptions], "list[Motion]"]


def import_suffixes(robot: "Robot") -> tuple[str, ...]:
    """Suffixes of files that a robot can be moved by."""
    return (*folder_suffixes(robot), ".pt")


def folder_suffixes(robot: "Robot") -> tuple[str, ...]:
    """Those of a folder's clips; a `.pt` there may be what they were packed into."""
    human = robot.dof_coordinates == "exponential_map"
    own = (".bvh", ".csv", ".npz", ".npy") if human else (".csv", ".npz", ".pkl")
    return (*own, ".motion")


def read_import(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """Read the clips of one file.

    Raises:
        MotionError: Unknown suffix, a human recording for a robot that is no humanoid of the SMPL
            family, or what the reader says.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise MotionError(
            f"{path}: {unread_note(path)}; expected {', '.join(import_suffixes(robot))} for {robot.name}"
        )
    return reader(path, robot, options)


def _read_csv(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    from motionlib.formats.csv import load_csv

    return at_fps([load_csv(path, robot, **options.of_robots())], options.output_fps)


def _read_npz(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """A robot's trajectory of any layout, or a human's recording."""
    from motionlib.containers.array_zip import array_headers
    from motionlib.formats.npz_kinds import RETARGETED, npz_kind
    from motionlib.formats.robot_npz import load_robot_npz

    kind = npz_kind(set(array_headers(path)))
    if kind.is_human:
        return _read_human(path, robot, options)
    if kind.name == RETARGETED and robot.dof_coordinates == "hinges":
        return _read_retargeted(path, robot, options)
    return at_fps(load_robot_npz(path, robot, **options.of_robots()), options.output_fps)


def _read_pickle(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    from motionlib.formats.robot_pickle import load_robot_pickle

    return at_fps(load_robot_pickle(path, robot, **options.of_robots()), options.output_fps)


def _read_torch(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """A packed library, or a dict of a robot's clips."""
    from motionlib.containers.torch_file import load_torch_dict
    from motionlib.formats.loading import load_motions
    from motionlib.formats.robot_torch import load_robot_torch

    if "gts" in load_torch_dict(path, mmap=True):
        return at_fps(load_motions(path, robot), options.output_fps)
    return at_fps(load_robot_torch(path, robot, **options.of_robots()), options.output_fps)


def _read_motion(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """ProtoMotions' single clip; it stands where it stood."""
    from motionlib.formats.loading import load_motions

    return at_fps(load_motions(path, robot), options.output_fps)


def _read_npy(path: Path, robot: "Robot", options: ImportOptions) -> "list[Motion]":
    """ProtoMotions' keypoints, or a skeleton motion of its second version."""
    from motionlib.grounding import shifted_to_floor
    from retarget.stage.sources import load_npy

    _check_humanoid(path, robot)
    motion = load_npy(path, robot)
    motion = shifted_to_floor(motion) if options.floor == "shift" else motion
    return at_fps([motion], options.output_fps)


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
    _check_humanoid(path, robot)
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


def _check_humanoid(path: Path, robot: "Robot") -> None:
    if robot.dof_coordinates != "exponential_map":
        raise MotionError(
            f"{path}: holds a human's motion, and {robot.name} is no humanoid of the SMPL family; "
            f"import it with --robot smpl, or put it onto {robot.name} with `motion retarget run`"
        )


_READERS: dict[str, Reader] = {
    ".bvh": _read_human,
    ".csv": _read_csv,
    ".npz": _read_npz,
    ".pkl": _read_pickle,
    ".motion": _read_motion,
    ".pt": _read_torch,
    ".npy": _read_npy,
}

"""Clips that the command's arguments mean: which files, of which robot."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlib.boundary import reason_of
from motionlib.errors import MotionError, nearest_names
from pipelines.cli.terminal import Rejected, progress

if TYPE_CHECKING:
    from motionlib.motion import Motion
    from motionlib.robot import Robot

FOLDER_SUFFIXES = (".motion", ".npz")


def motion_files(paths: Sequence[Path]) -> list[Path]:
    """Files as given; folders stand for the motion files in them, by name.

    Raises:
        MotionError: Nothing there, or a folder without any.
    """
    if not paths:
        raise MotionError("name at least one file or folder; see --help")
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = [each for each in sorted(path.iterdir()) if each.suffix in FOLDER_SUFFIXES]
            found = [each for each in found if not each.name.startswith(".")]
            if not found:
                raise MotionError(
                    f"{path}: no {', '.join(FOLDER_SUFFIXES)} files in this folder; "
                    "`motion convert` or `motion import` makes them"
                )
            files += found
        elif path.is_file():
            files.append(path)
        else:
            near = [each.name for each in path.parent.glob("*")] if path.parent.is_dir() else []
            raise MotionError(f"{path}: no such file or folder; {nearest_names(path.name, near)}")
    return files


def robot_for(name_or_path: str, files: Sequence[Path]) -> "Robot":
    """The robot asked for, else the one that the first file names.

    Raises:
        MotionError: No robot was asked for, and the file names none or an unknown one.
    """
    from motionlib.robots.files import load_robot, robot_names

    if name_or_path:
        return load_robot(name_or_path)
    name = _robot_name_in(files[0])
    if name and name not in robot_names():
        raise MotionError(
            f"{files[0]}: belongs to robot {name!r}, which does not come with the workbench; add "
            "--robot path/to/robot.yaml"
        )
    if not name:
        raise MotionError(
            f"{files[0]}: does not say which robot it belongs to; add --robot NAME (see "
            "`motion robot list`) or --robot path/to/robot.yaml"
        )
    return load_robot(name)


def load_clips(files: Sequence[Path], robot: "Robot") -> "tuple[list[Motion], list[Rejected]]":
    """Every clip of the files; a file that cannot be used is rejected with its reason.

    Raises:
        MotionError: None of them can be used; the first reason.
    """
    from motionlib.formats.loading import load_motions

    motions: list[Motion] = []
    rejected: list[Rejected] = []
    for file in progress(files, "reading"):
        try:
            motions += load_motions(file, robot)
        except Exception as error:  # noqa: BLE001 - what one file brings about is its own fate
            rejected.append(
                Rejected(name=file.name, reason=reason_of(error, file.name, where=str(file)))
            )
    if not motions:
        raise MotionError(rejected[0].reason)
    return motions, rejected


def at_fps(motions: "Sequence[Motion]", fps: float | None) -> "list[Motion]":
    """The clips at exactly `fps`; as they are if None."""
    if fps is None:
        return list(motions)
    from motionlib.resampling import resample_motion

    return [motion if motion.fps == fps else resample_motion(motion, fps) for motion in motions]


def _robot_name_in(path: Path) -> str:
    if path.suffix == ".npz":
        from motionlib.formats.npz_file import read_npz

        return read_npz(path).robot_name
    if path.suffix == ".pt":
        return str(pt_header(path).get("robot_name", ""))
    return ""


def pt_header(path: Path) -> dict[str, Any]:
    """What a packed library says about itself; empty for one that is not ours.

    Raises:
        FormatError: Truncated or hostile.
    """
    from motionlib.containers.torch_file import load_torch_dict
    from motionlib.formats.protomotions.checksums import HEADER_KEY

    header = load_torch_dict(path, mmap=True).get(HEADER_KEY)
    return header if isinstance(header, dict) else {}

"""Any motion file of ours by its suffix."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from motionlib.errors import FormatError, MotionError
from motionlib.formats.beyondmimic import load_npz, load_npz_library
from motionlib.formats.csv import load_csv
from motionlib.formats.protomotions.motion_lib import (
    load_motion_file,
    load_motion_lib,
    motion_from_motion_file,
)
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.velocities import VelocityRule


def load_library(path: Path, robot: Robot, *, velocity_rule: VelocityRule = "central") -> MotionLib:
    """Read a packed library, or pack what a file or folder of clips holds.

    Args:
        path: `.pt`, `.npz`, `.motion`, `.csv`, or a folder of the last three.
        robot: The robot that the file belongs to.
        velocity_rule: Of clips that are packed here; `.pt` and `.npz` name their own.

    Raises:
        FormatError: Unknown suffix, or see the format's own reader.
        RobotError: The file belongs to another robot.
    """
    path = Path(path)
    if path.suffix == ".pt":
        return load_motion_lib(path, robot)
    if path.suffix == ".npz":
        return load_npz_library(path, robot)
    return library_from_motions(load_motions(path, robot), velocity_rule=velocity_rule)


def load_motions(path: Path, robot: Robot) -> list[Motion]:
    """Read the clips of one file, or of every motion file in a folder by rising name.

    Raises:
        FormatError: Nothing to read, unknown suffix, or see the format's own reader.
        MotionError: One clip name in two files.
    """
    path = Path(path)
    if path.is_dir():
        return load_motion_files(motion_files(path), robot)
    if not path.exists():
        raise FormatError(f"{path}: no such file or folder")
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise FormatError(
            f"{path}: suffix {path.suffix!r} is not read; expected {', '.join(_READERS)}"
        )
    return reader(path, robot)


def motion_files(folder: Path) -> list[Path]:
    """Motion files of a folder by rising name; its other files and its folders do not count.

    Raises:
        FormatError: There is none.
    """
    files = sorted(file for file in folder.iterdir() if file.suffix in _FOLDER_SUFFIXES)
    if not files:
        raise FormatError(
            f"{folder}: no motion files; expected {', '.join(_FOLDER_SUFFIXES)} in it"
        )
    return files


def load_motion_files(paths: Sequence[Path], robot: Robot) -> list[Motion]:
    """Read the clips of several files, in the given order.

    Raises:
        MotionError: One clip name in two files; names both.
    """
    origin: dict[str, Path] = {}
    motions = []
    for path in paths:
        for motion in load_motions(path, robot):
            if motion.name in origin:
                raise MotionError(
                    f"{path}: motion name {motion.name!r} is also in {origin[motion.name]}; "
                    "rename one of them or leave one file out"
                )
            origin[motion.name] = path
            motions.append(motion)
    return motions


def _motions_of_lib(path: Path, robot: Robot) -> list[Motion]:
    library = load_motion_lib(path, robot)
    return [library.motion(index) for index in range(library.num_motions)]


_READERS: Mapping[str, Callable[[Path, Robot], list[Motion]]] = {
    ".npz": load_npz,
    ".motion": lambda path, robot: [motion_from_motion_file(load_motion_file(path), robot)],
    ".csv": lambda path, robot: [load_csv(path, robot)],
    ".pt": _motions_of_lib,
}
_FOLDER_SUFFIXES = (".npz", ".motion", ".csv")

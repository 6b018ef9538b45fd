"""Human recordings of any kind, by the suffix of their file."""

from collections.abc import Callable
from pathlib import Path

from motionlib.errors import FormatError
from motionlib.human.clip import HumanClip
from motionlib.human.clip_facts import ClipFacts
from motionlib.robot import Robot

SUFFIXES = (".npz", ".bvh")


def read_human_clip(path: Path, robot: Robot) -> HumanClip:
    """Read a recording for a robot; `.npz` is AMASS, `.bvh` a hierarchy through its joint map.

    Raises:
        FormatError: Another suffix, or what the reader says of the file.
        RobotError: The robot does not fit the recording.
    """
    return _reader(Path(path))(path, robot)


def probe_human_clip(path: Path) -> ClipFacts:
    """Facts of a recording from its headers.

    Raises:
        FormatError: Another suffix, or what the reader says of the file.
    """
    return _prober(Path(path))(path)


# imported when asked for: a folder of one kind should not pay for the reader of the other
def _reader(path: Path) -> Callable[[Path, Robot], HumanClip]:
    if _suffix(path) == ".npz":
        from motionlib.human.readers.amass import read_amass  # noqa: PLC0415

        return read_amass
    from motionlib.human.readers.bvh import read_bvh  # noqa: PLC0415

    return read_bvh


def _prober(path: Path) -> Callable[[Path], ClipFacts]:
    if _suffix(path) == ".npz":
        from motionlib.human.readers.amass import probe_amass  # noqa: PLC0415

        return probe_amass
    from motionlib.human.readers.bvh import probe_bvh  # noqa: PLC0415

    return probe_bvh


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatError(f"{path}: suffix {suffix!r}; recordings are read from {SUFFIXES}")
    return suffix

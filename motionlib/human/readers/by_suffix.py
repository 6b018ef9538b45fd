"""Human recordings of any kind, by the suffix of their file."""

from collections.abc import Callable
from pathlib import Path

from motionlib.errors import FormatError
from motionlib.human.clip import HumanClip
from motionlib.human.clip_facts import ClipFacts
from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.robot import Robot

SUFFIXES = (".npz", ".bvh")


def read_human_clip(path: Path, robot: Robot, *, joint_map: SkeletonMap | None = None) -> HumanClip:
    """Read a recording for a robot; `.npz` is AMASS, `.bvh` a hierarchy through its joint map.

    Args:
        path: The file.
        robot: Of the SMPL family.
        joint_map: Of `.bvh` files; found by the joints' names if None.

    Raises:
        FormatError: Another suffix, or what the reader says of the file.
        RobotError: The robot does not fit the recording.
    """
    if joint_map is not None and _suffix(Path(path)) == ".bvh":
        return _bvh_reader()(path, robot, joint_map=joint_map)
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
    return _bvh_reader()


def _bvh_reader() -> Callable[..., HumanClip]:
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

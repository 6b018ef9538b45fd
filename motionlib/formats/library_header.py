"""What a motion file says of itself, read without its frames: robot, names, rates, velocity rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motionlib.containers.array_zip import read_arrays
from motionlib.containers.torch_file import load_torch_dict
from motionlib.formats.npz_file import fps_of, text_of, texts_of, velocity_rule_of
from motionlib.formats.protomotions.checksums import HEADER_KEY, check_header
from motionlib.formats.protomotions.file import motion_table
from motionlib.formats.protomotions.shards import shard_path

_NPZ = (
    *("fps", "joint_names", "body_names", "velocity_rule"),
    *("robot_name", "robot_semantic_sha256"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryHeader:
    """What is said of motions before they are read; empty where nothing is."""

    robot_name: str = ""
    robot_semantic_sha256: str = ""
    body_names: tuple[str, ...] = ()
    """In the file's order; in other layouts than ours with bodies that the robot lacks."""
    dof_names: tuple[str, ...] = ()
    """In the file's order."""
    fps: tuple[float, ...] = ()
    """Frames a second, each rate of its clips once, rising."""
    velocity_rule: str = ""


def read_library_header(path: Path) -> LibraryHeader:
    """The header of a `.pt` or `.npz`; an empty one of other files and of folders.

    A `.pt` is mapped, of a `.npz` the small arrays are read: neither takes time or memory with
    the number of frames.

    Raises:
        FormatError: Not such a file, damaged, or a field of it cannot be.
        OSError: It cannot be opened.
    """
    path = Path(path)
    if path.suffix == ".pt":
        return _header_of_pt(shard_path(path))
    return _header_of_npz(path) if path.suffix == ".npz" and path.is_file() else LibraryHeader()


def _header_of_pt(path: Path) -> LibraryHeader:
    content = load_torch_dict(path, mmap=True)
    check_header(content, path)
    _, _, rates = motion_table(content, path)
    own = content.get(HEADER_KEY)
    header: Mapping[str, Any] = own if isinstance(own, dict) else {}
    return LibraryHeader(
        robot_name=str(header.get("robot_name", "")),
        robot_semantic_sha256=str(header.get("robot_semantic_sha256", "")),
        body_names=_texts(header.get("body_names")),
        dof_names=_texts(header.get("dof_names")),
        fps=tuple(sorted(set(rates))),
        velocity_rule=str(header.get("velocity_rule", "")),
    )


def _header_of_npz(path: Path) -> LibraryHeader:
    raw = read_arrays(path, _NPZ)
    return LibraryHeader(
        robot_name=text_of(raw, "robot_name"),
        robot_semantic_sha256=text_of(raw, "robot_semantic_sha256"),
        body_names=texts_of(raw, "body_names") or (),
        dof_names=texts_of(raw, "joint_names") or (),
        fps=(fps_of(raw, path),),
        velocity_rule=velocity_rule_of(raw, path),
    )


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()

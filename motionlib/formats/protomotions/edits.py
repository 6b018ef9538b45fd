"""Packed libraries joined, thinned, weighted and renamed as lists of clips; nothing is loaded."""

import fnmatch
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import MotionError, nearest_names, repeated_names
from motionlib.formats.protomotions.marker_layout import Layout, layout_or_error
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.formats.protomotions.packed_clip import PackedClip, clips_of_library
from motionlib.formats.protomotions.shards import shard_path
from motionlib.formats.protomotions.writer import write_motion_lib
from motionlib.robot import Robot
from motionlib.showing import counted
from motionlib.velocities import VelocityRule

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedLibrary:
    """Clips of one or several files, and how they are to be written again."""

    robot: Robot
    clips: tuple[PackedClip, ...]
    """Clips whose frames stay in the mapped file and are read when they are written."""
    velocity_rule: VelocityRule
    layout: Layout

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the clips, in their order."""
        return tuple(clip.name for clip in self.clips)

    @property
    def seconds(self) -> float:
        """Seconds of all clips together."""
        return sum(clip.seconds for clip in self.clips)

    def write(self, path: Path, *, shards: int = 1, progress: bool = False) -> list[Path]:
        """Write as `write_motion_lib` does; rates, rule, layout and provenance are kept."""
        return write_motion_lib(
            path,
            self.robot,
            self.clips,
            velocity_rule=self.velocity_rule,
            layout=self.layout,
            shards=shards,
            progress=progress,
        )


def open_packed(path: Path, robot: Robot) -> PackedLibrary:
    """Open a `.pt` of ours or of ProtoMotions.

    Raises:
        FormatError: See `load_motion_lib`.
        RobotError: It belongs to another robot.
    """
    library = load_motion_lib(path, robot)
    content = load_torch_dict(shard_path(path), mmap=True)
    found = content["gts"].shape[1], content["dps"].shape[1]
    layout = layout_or_error(robot, *found, path).name
    return PackedLibrary(
        robot=robot,
        clips=tuple(clips_of_library(library)),
        velocity_rule=library.velocity_rule,
        layout=layout,
    )


def merge(
    libraries: Sequence[PackedLibrary], *, prefixes: Sequence[str] = (), number_twice: bool = False
) -> PackedLibrary:
    """Clips of several libraries, in the given order.

    Args:
        libraries: Of one robot, one velocity rule and one layout.
        prefixes: Put before the names of each; none if empty.
        number_twice: Give a name that comes again ` (2)`, ` (3)`, ... instead of refusing it.

    Raises:
        MotionError: Nothing to merge, different robots, rules or layouts, or a name twice.
    """
    if not libraries:
        raise MotionError("name at least one library to merge")
    first = libraries[0]
    for other in libraries[1:]:
        if other.robot.semantic_sha256 != first.robot.semantic_sha256:
            raise MotionError(
                f"libraries are of robots {first.robot.name} and {other.robot.name}; one file "
                "holds one robot"
            )
        if (other.velocity_rule, other.layout) != (first.velocity_rule, first.layout):
            raise MotionError(
                f"libraries have velocities by {first.velocity_rule} and {other.velocity_rule}, "
                f"bodies {first.layout} and {other.layout}; `motion pack` writes one of them anew "
                "in the other's way"
            )
    if prefixes and len(prefixes) != len(libraries):
        raise MotionError(f"{len(prefixes)} prefixes for {len(libraries)} libraries")
    clips = [
        replace(clip, name=f"{prefix}{clip.name}")
        for prefix, library in zip(prefixes or [""] * len(libraries), libraries, strict=True)
        for clip in library.clips
    ]
    if number_twice:
        clips = _numbered(clips)
    if twice := repeated_names(clip.name for clip in clips):
        raise MotionError(
            f"{counted(len(twice), 'name')} in more than one library: {', '.join(twice[:_SHOWN])}; give "
            "prefixes, or have them numbered"
        )
    return replace(first, clips=tuple(clips))


def subset(
    library: PackedLibrary,
    *,
    names: Iterable[str] = (),
    patterns: Sequence[str] = (),
    every: int = 1,
    count: int | None = None,
    seed: int = 0,
) -> PackedLibrary:
    """Some clips, in their order; each condition thins what the ones before it left.

    Args:
        library: Where from.
        names: These; all if empty.
        patterns: Whose names match one of them (`*`, `?`, `[...]`); all if empty.
        every: The first of each so many.
        count: So many, drawn without replacement.
        seed: Of the draw.

    Raises:
        MotionError: A name or pattern that nothing has, nothing left, or fewer than `count`.
    """
    wanted = set(names)
    _check_known(wanted, library)
    clips = [clip for clip in library.clips if not wanted or clip.name in wanted]
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(clip.name, pattern) for clip in clips):
            raise MotionError(f"no clip's name matches {pattern!r}")
    if patterns:
        clips = [clip for clip in clips if any(fnmatch.fnmatchcase(clip.name, p) for p in patterns)]
    if every < 1:
        raise MotionError(f"every {every} clips; expected at least 1")
    clips = clips[::every]
    if count is not None:
        if not 1 <= count <= len(clips):
            raise MotionError(f"{count} clips asked for; expected 1 to {len(clips)}")
        drawn = sorted(random.Random(seed).sample(range(len(clips)), count))
        clips = [clips[index] for index in drawn]
    return replace(library, clips=tuple(clips))


def reweight(library: PackedLibrary, weights: Mapping[str, float]) -> PackedLibrary:
    """Other sampling weights; clips that are not named keep theirs.

    Raises:
        MotionError: An unknown name, a weight that is no number of 0 or more, or all are 0.
    """
    _check_known(weights, library)
    for name, weight in weights.items():
        if not 0.0 <= weight < float("inf"):
            raise MotionError(f"{name}: weight {weight}; expected a number of 0 or more")
    clips = [replace(clip, weight=weights.get(clip.name, clip.weight)) for clip in library.clips]
    if not any(clip.weight for clip in clips):
        raise MotionError("every weight would be 0; nothing could be sampled")
    return replace(library, clips=tuple(clips))


def rename(library: PackedLibrary, names: Mapping[str, str]) -> PackedLibrary:
    """Other names; clips that are not named keep theirs.

    Raises:
        MotionError: An unknown name, an empty new one, or one name twice afterwards.
    """
    _check_known(names, library)
    if empty := [old for old, new in names.items() if not new]:
        raise MotionError(f"{empty[0]}: the new name is empty")
    clips = [replace(clip, name=names.get(clip.name, clip.name)) for clip in library.clips]
    if twice := repeated_names(clip.name for clip in clips):
        raise MotionError(f"names would be used twice: {', '.join(twice[:_SHOWN])}")
    return replace(library, clips=tuple(clips))


def split(library: PackedLibrary, part_of: Callable[[str], str]) -> dict[str, PackedLibrary]:
    """Parts by name, in order of appearance; a part called "" is left out.

    Args:
        library: Where from.
        part_of: The part that a clip's name belongs to.
    """
    parts: dict[str, list[PackedClip]] = {}
    for clip in library.clips:
        if part := part_of(clip.name):
            parts.setdefault(part, []).append(clip)
    return {part: replace(library, clips=tuple(clips)) for part, clips in parts.items()}


def _numbered(clips: Sequence[PackedClip]) -> list[PackedClip]:
    taken = {clip.name for clip in clips}
    seen: set[str] = set()
    numbered = []
    for clip in clips:
        name, number = clip.name, 2
        while name in seen or (number > 2 and name in taken):
            name = f"{clip.name} ({number})"
            number += 1
        seen.add(name)
        numbered.append(replace(clip, name=name))
    return numbered


def _check_known(names: Iterable[str], library: PackedLibrary) -> None:
    known = set(library.names)
    unknown = sorted(set(names) - known)
    if unknown:
        raise MotionError(
            f"{counted(len(unknown), 'name')} not in the library, {unknown[0]!r} for one; "
            f"{nearest_names(unknown[0], known)}"
        )

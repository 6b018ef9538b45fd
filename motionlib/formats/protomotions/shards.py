"""One library in several files: `walk_slurmrank.pt` stands for `walk_0.pt`, `walk_1.pt`, ..."""

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

from motionlib.errors import FormatError, MotionError
from motionlib.showing import counted

TOKEN = "slurmrank"

_log = logging.getLogger(__name__)


def is_sharded(path: Path) -> bool:
    """Whether a path's name stands for several files."""
    return TOKEN in Path(path).name


def shard_paths(path: Path, shards: int) -> list[Path]:
    """Names of the files of a library that is written in `shards` parts.

    Raises:
        MotionError: Several shards and no token in the name, or the token twice; or files of an
            earlier library with more parts are still there, which readers would take for ours.
    """
    path = Path(path)
    if shards < 1:
        raise MotionError(f"{path}: {shards} shards; expected at least 1")
    if not is_sharded(path):
        if shards > 1:
            raise MotionError(
                f"{path}: {shards} shards need a name with {TOKEN!r} in it, such as "
                f"{path.stem}_{TOKEN}{path.suffix}"
            )
        return [path]
    _check_token(path)
    if left := [other for index, other in sorted(_found(path).items()) if index >= shards]:
        raise MotionError(
            f"{left[0]}: left over from an earlier library of more than {shards} shards; delete "
            "it and its like, or write under another name"
        )
    return [path.with_name(path.name.replace(TOKEN, str(index))) for index in range(shards)]


def shard_path(path: Path, rank: int | None = None, world_size: int | None = None) -> Path:
    """The file that one process of several reads; `path` itself if it names no shards.

    With as many processes as shards or more, shard `rank % shards`; with fewer, the first ones.

    Args:
        path: A file, or a name with `slurmrank` in it.
        rank: Of this process; the environment's `RANK` if None, else 0.
        world_size: Number of processes; the environment's `WORLD_SIZE` if None, else 1.

    Raises:
        FormatError: No shard is there, a number is missing among them, or the token is twice in
            the name.
        MotionError: `rank` is not one of `world_size`.
    """
    path = Path(path)
    if not is_sharded(path):
        return path
    rank = _from_environment("RANK", 0) if rank is None else rank
    world_size = _from_environment("WORLD_SIZE", rank + 1) if world_size is None else world_size
    if not 0 <= rank < world_size:
        raise MotionError(f"rank {rank} of {world_size} processes; expected 0 to {world_size - 1}")
    _check_token(path)
    found = _found(path)
    if sorted(found) != list(range(len(found))) or not found:
        raise FormatError(
            f"{path}: shards found: {', '.join(map(str, sorted(found))) or 'none'}; expected "
            "0, 1, ... without a gap"
        )
    if (unread := len(found) - world_size) > 0 and rank == 0:
        verb = "is" if unread == 1 else "are"
        _log.warning("%s: %d of %d shards %s read by no process", path, unread, len(found), verb)
    return found[rank % len(found)]


def deal(seconds: Sequence[float], shards: int) -> list[list[int]]:
    """Deal clips to shards: sums of seconds balance, order within a shard stays.

    The longest first, each to the shard that has least; the same for the same lengths.

    Raises:
        MotionError: Fewer clips than shards.
    """
    if len(seconds) < shards:
        clips = counted(len(seconds), "clip")
        raise MotionError(f"{clips} cannot fill {shards} shards; ask for fewer")
    parts: list[list[int]] = [[] for _ in range(shards)]
    sums = [0.0] * shards
    for clip in sorted(range(len(seconds)), key=lambda each: (-seconds[each], each)):
        shard = min(range(shards), key=lambda each: (sums[each], len(parts[each]), each))
        parts[shard].append(clip)
        sums[shard] += seconds[clip]
    return [sorted(part) for part in parts]


def _check_token(path: Path) -> None:
    if path.name.count(TOKEN) != 1:
        raise FormatError(f"{path}: {TOKEN!r} stands {path.name.count(TOKEN)} times in the name")


def _found(path: Path) -> dict[int, Path]:
    before, after = (re.escape(part) for part in path.name.split(TOKEN))
    folder = path.parent
    if not folder.is_dir():
        return {}
    matches = (
        (re.fullmatch(f"{before}(0|[1-9][0-9]*){after}", file.name), file)
        for file in folder.iterdir()
    )
    return {int(match[1]): file for match, file in matches if match}


def _from_environment(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    try:
        return int(text) if text else default
    except ValueError as error:
        raise MotionError(f"environment variable {name} is {text!r}; expected a number") from error

"""Walk of a source folder: every recording once, whatever its links and permissions."""

import fnmatch
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from motionlib.errors import FormatError
from motionlib.human.readers.amass import is_amass_clip

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """One name that the walk came across."""

    path: str
    """Path relative to the folder, `/` between parts; bytes that are no UTF-8 are escaped."""
    bytes: int
    mtime_ns: int
    problem: str
    """Reason why it cannot be read as a file at all; empty if it can be tried."""


def walk_recordings(
    root: Path, *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> list[FoundFile]:
    """Recordings under a folder, and what is in their way, sorted by path.

    Links to folders are followed, each real folder once: a loop ends with a problem of its own.
    Names that begin with a dot, `shape.npz` and `*stagei.npz` are no recordings.

    Args:
        root: Folder to walk.
        include: Shell patterns of relative paths; empty admits all.
        exclude: Shell patterns of relative paths that are no part of the source.

    Raises:
        FormatError: `root` is no readable folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise FormatError(f"{root}: no such folder; expected a folder of recordings")
    found = [
        each
        for each in _walk(root)
        if (not include or _matches(each.path, include)) and not _matches(each.path, exclude)
    ]
    return sorted(found, key=lambda each: each.path)


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _walk(root: Path) -> Iterator[FoundFile]:
    state = root.stat()
    seen = {(state.st_dev, state.st_ino): ""}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield _problem(folder or ".", f"folder cannot be read ({error.strerror})")
            continue
        below = []
        for entry in inside:
            if entry.name.startswith("."):
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            found = _look_at(entry, path, seen)
            if isinstance(found, FoundFile):
                yield found
            elif found:
                below.append(path)
        waiting += reversed(below)


def _look_at(
    entry: "os.DirEntry[str]", path: str, seen: dict[tuple[int, int], str]
) -> FoundFile | bool:
    """A file to report, or whether to walk on into a folder."""
    recording = is_amass_clip(Path(entry.name)) or entry.name.lower().endswith(".bvh")
    try:
        state = entry.stat()
    except OSError as error:
        linked = recording or not Path(entry.name).suffix
        reason = f"cannot be read ({error.strerror}): a broken link, a loop of links or no access"
        return _problem(path, reason) if linked else False
    if stat.S_ISDIR(state.st_mode):
        return _folder(path, (state.st_dev, state.st_ino), seen)
    if not recording:
        return False
    if not stat.S_ISREG(state.st_mode):
        return _problem(path, "no regular file; expected one that holds a recording")
    shown = _printable(path)
    return FoundFile(
        path=shown,
        bytes=state.st_size,
        mtime_ns=state.st_mtime_ns,
        problem="" if shown == path else "its name is not UTF-8; rename it",
    )


def _folder(
    path: str, identity: tuple[int, int], seen: dict[tuple[int, int], str]
) -> FoundFile | bool:
    if identity in seen:
        return _problem(path, f"link to the folder {seen[identity] or '.'}, which is read there")
    seen[identity] = path
    return True


def _problem(path: str, reason: str) -> FoundFile:
    _log.warning("%s: %s", path, reason)
    return FoundFile(path=_printable(path), bytes=0, mtime_ns=0, problem=reason)


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

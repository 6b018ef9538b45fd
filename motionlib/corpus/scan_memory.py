"""What earlier scans of a folder found, by size and time of change: unchanged files cost a stat."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motionlib.human.clip_facts import ClipFacts
from motionlib.sealed import DamagedError, read_sealed, write_sealed

_log = logging.getLogger(__name__)

_VERSION = 2
"""Version, to be raised when readers judge files differently: older memories are then forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedFile:
    """A file with its hash and what its headers say."""

    path: str
    """Path relative to the source folder, `/` between parts."""
    bytes: int
    mtime_ns: int
    """Time of the last change; taken, as the size, before the file was read."""
    sha256: str
    """Hash of the file's bytes; empty if it could not be read."""
    facts: ClipFacts | None
    """Facts of the header; `None` if its reader refuses the file."""
    error: str
    """Reason why there are no facts; empty where there are."""


def load_memory(path: Path | None, root: Path) -> dict[str, ScannedFile]:
    """Files by path; empty if there is no memory, or it is damaged or of another folder."""
    if path is None or not path.is_file():
        return {}
    try:
        content = read_sealed(path)
        if content["version"] != _VERSION or content["root"] != str(root.resolve()):
            _log.info("%s is of another folder or version: all files are read again", path)
            return {}
        return {name: _from_row(name, row) for name, row in content["files"].items()}
    except (OSError, DamagedError, ValueError, TypeError, KeyError, AttributeError) as error:
        _log.warning("%s: all files are read again", error)
        return {}


def save_memory(path: Path | None, root: Path, files: Mapping[str, ScannedFile]) -> None:
    """Write atomically; files without a hash are left out, so that they are tried again."""
    if path is None:
        return
    rows = {name: _to_row(file) for name, file in sorted(files.items()) if file.sha256}
    content = {"version": _VERSION, "root": str(root.resolve()), "files": rows}
    write_sealed(path, content)


def _to_row(file: ScannedFile) -> list[Any]:
    head = [file.bytes, file.mtime_ns, file.sha256, file.error]
    facts = file.facts
    return head if facts is None else [*head, facts.frames, facts.fps, facts.gender, facts.format]


def _from_row(path: str, row: list[Any]) -> ScannedFile:
    size, mtime_ns, sha256, error = row[:4]
    facts = None
    if len(row) > 4:
        frames, fps, gender, kind = row[4:]
        facts = ClipFacts(frames=int(frames), fps=float(fps), gender=str(gender), format=str(kind))
    return ScannedFile(
        path=path,
        bytes=int(size),
        mtime_ns=int(mtime_ns),
        sha256=str(sha256),
        facts=facts,
        error=str(error),
    )

"""Small JSON files that carry their own checksum: a changed bit is found, never read."""

import hashlib
import json
from pathlib import Path
from typing import Any

from motionlib.errors import MotionError
from motionlib.files import write_text

_CONTENT, _SEAL = "content", "sha256"


class DamagedError(MotionError):
    """A file of our own is not as it was written."""


def sealed_text(content: object) -> str:
    """JSON of plain values under `content`, with their checksum under `sha256` beside it."""
    plain = json.loads(json.dumps(content, default=str))  # as a reader will have it
    return json.dumps({_CONTENT: plain, _SEAL: _seal(plain)}, sort_keys=True)


def write_sealed(path: Path, content: object) -> None:
    """Write plain values (numbers, strings, lists, mappings) atomically.

    Raises:
        OSError: The disk is full or the folder cannot be written; the old file stays.
    """
    write_text(path, sealed_text(content) + "\n")


def read_sealed(path: Path) -> Any:
    """What `write_sealed` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        OSError: It cannot be read.
        DamagedError: It is not as it was written.
    """
    try:
        found = json.loads(Path(path).read_bytes())
        content, seal = found.pop(_CONTENT), found.pop(_SEAL)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{path}: damaged or of another version ({error!r})") from error
    if found or seal != _seal(content):
        raise DamagedError(f"{path}: damaged: its content does not fit its own checksum")
    return content


def _seal(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

"""The mark of a home: which version of this program's files lie in it."""

import logging
from pathlib import Path

from motionlib.errors import MotionError
from motionlib.files import motion_home
from motionlib.sealed import DamagedError, read_sealed, write_sealed

HOME_VERSION = 2
"""1: of before homes were marked, when layers, pointers and aliases had no checksum."""
MARK = "home.json"
_PARTS = ("artifacts", "cache", "reports", "results")
"""Folders that show that a home without a mark was in use."""
_log = logging.getLogger(__name__)


class HomeError(MotionError):
    """A home that this version of the program must not touch."""


def check_home(home: Path | None = None) -> int:
    """Version of the files in a home; a new one counts as of this version. Writes nothing.

    Args:
        home: Default `motion_home()`.

    Raises:
        HomeError: A newer version of this program has written there.
    """
    home = motion_home() if home is None else home
    try:
        version = read_sealed(home / MARK)["version"]
    except (FileNotFoundError, NotADirectoryError):
        return 1 if any((home / part).is_dir() for part in _PARTS) else HOME_VERSION
    except (DamagedError, KeyError, TypeError) as error:
        _log.warning("%s; it is written again", error)
        return HOME_VERSION  # the oldest homes have no mark at all
    if type(version) is not int or version > HOME_VERSION:
        raise HomeError(
            f"{home}: its files are of version {version!r:.40}, newer than the {HOME_VERSION} that "
            "this program knows; use the newer program, or name another folder in MOTION_HOME"
        )
    return version


def is_marked(home: Path) -> bool:
    """Whether a home bears a sound mark."""
    try:
        read_sealed(home / MARK)
    except (FileNotFoundError, NotADirectoryError, DamagedError):
        return False
    return True


def mark_home(home: Path) -> None:
    """Write this version's mark into a home.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    write_sealed(home / MARK, {"version": HOME_VERSION})

"""The boundary around one clip, one file, one recipe: what goes wrong inside is its own fate."""

import logging
import os
import sqlite3

from motionlib.errors import MotionError
from motionlib.files import motion_home
from motionlib.showing import shown_error

_log = logging.getLogger(__name__)


def reason_of(error: Exception, name: str, *, where: str = "") -> str:
    """Why one item of many is left out.

    What a reader refuses speaks for itself. Anything else that an item's own data brought about (too
    much memory, a number that overflows, a fault of ours) is said to be unexpected, and its
    traceback is logged; it costs the others nothing.

    Args:
        error: What was raised; `KeyboardInterrupt` and `SystemExit` are none of these.
        name: Of the item, for the log.
        where: Its file, where the reason will stand alone; a refusal names its own.
    """
    if isinstance(error, MotionError):
        return str(error)
    before = f"{where}: " if where else ""
    if isinstance(error, OSError):
        return f"{before}cannot be read: {error.strerror or shown_error(error)}"
    _log.error("%s: an unexpected error, which is held against it alone", name, exc_info=error)
    kind = type(error).__name__
    text = shown_error(error)
    return f"{before}unexpected {kind}" if text == kind else f"{before}unexpected {kind}: {text}"


def wants_traces() -> bool:
    """Whether `MOTION_DEBUG` asks for where in the code an error arose."""
    return os.environ.get("MOTION_DEBUG", "") not in ("", "0")


def system_reason(error: BaseException | None) -> str:
    """One line for a full disk, a read-only home and their like; empty for anything else.

    Dagster wraps such errors, and those of its databases say neither which file it was nor, in
    their own kind, that they are of the system.
    """
    while error is not None:
        if isinstance(error, OSError) and error.filename is not None:
            text, name = str(error.strerror), str(error.filename)
            return text if name in text else f"{name}: {text}"
        if isinstance(error, OSError | sqlite3.OperationalError):
            return f"{motion_home()}: {shown_error(error)}; is its disk full or read-only?"
        error = error.__cause__ or error.__context__
    return ""

"""The boundary around one clip, one file, one recipe: what goes wrong inside is its own fate."""

import logging

from motionlib.errors import MotionError
from motionlib.showing import shown_error

_log = logging.getLogger(__name__)


def reason_of(error: Exception, name: str) -> str:
    """Why one item of many is left out.

    What a reader refuses speaks for itself. Anything else that an item's own data brought about (too
    much memory, a number that overflows, a fault of ours) is said to be unexpected, and its
    traceback is logged; it costs the others nothing.

    Args:
        error: What was raised; `KeyboardInterrupt` and `SystemExit` are none of these.
        name: Of the item, for the log.
    """
    if isinstance(error, MotionError):
        return str(error)
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or shown_error(error)}"
    _log.error("%s: an unexpected error, which is held against it alone", name, exc_info=error)
    kind = type(error).__name__
    text = shown_error(error)
    return f"unexpected {kind}" if text == kind else f"unexpected {kind}: {text}"

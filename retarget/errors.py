"""Errors of this room, and the import of packages that not everybody has."""

import importlib
from types import ModuleType

from motionlib.errors import MotionError


class RetargetError(MotionError):
    """A motion cannot be retargeted as asked."""


def optional_module(name: str, *, method: str, install: str) -> ModuleType:
    """A package that one method alone needs.

    Args:
        name: Of the module.
        method: Which needs it.
        install: Commands that bring it.

    Raises:
        RetargetError: It is not there, or does not load; says how to get it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise RetargetError(
            f"method {method!r} needs the package {name!r}, which does not load here ({error}); "
            f"install it with: {install}; or take method 'native'"
        ) from error

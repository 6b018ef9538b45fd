"""How numeric inner loops are compiled: once, kept on disk, for all processes."""

# pyright: reportAttributeAccessIssue=false
# (Numba's configuration is filled in when it is imported.)

import functools
import hashlib
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numba
from numba.core import config

from motionlib.imports import imported_files

_ROOMS = ("motionlib", "retarget", "training")
"""Packages whose compiled code may call into each other."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first use, without the interpreter lock; division follows numpy, not Python.

    Compiled functions of any module may be called, and its constants used. Numba notices a change
    of the file that a function stands in, not of one that it calls into; so the machine code is
    kept in a folder named by the contents of that file and of all that it imports from our rooms.
    """
    return _compile(function, inline="never")


def compiled_inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile as `compiled` does, the function's text put into every caller."""
    return _compile(function, inline="always")


def _compile(
    function: Callable[..., Any], *, inline: Literal["always", "never"]
) -> Callable[..., Any]:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder(Path(inspect.getfile(function)).resolve()))
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", inline=inline)(function)
    finally:
        config.CACHE_DIR = before


def is_compiled(file: Path) -> bool:
    """Whether machine code of a module was kept, so that its first call takes no half a minute."""
    return any(cache_folder(file).rglob("*.nbi"))


@functools.cache
def cache_folder(file: Path) -> Path:
    """Where the machine code of one module lies: beside it, or in the user's cache."""
    digest = hashlib.sha256()
    for each in imported_files(file, rooms=_ROOMS):
        digest.update(each.read_bytes())
    name = f"compiled-{digest.hexdigest()[:16]}"
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR) / name
    if os.access(file.parent, os.W_OK):
        return file.parent / "__pycache__" / name
    return Path.home() / ".cache" / "motion-workbench" / name

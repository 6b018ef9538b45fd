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

_MARK = b"@compiled"


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first use, without the interpreter lock; division follows numpy, not Python.

    Numba notices a change of the file that a function stands in, not of one that it calls into.
    So the machine code is kept in a folder named by all files of that room with compiled code;
    functions of another room must not be called.
    """
    return _compile(function, inline="never")


def compiled_inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, its text put into every caller."""
    return _compile(function, inline="always")


def _compile(
    function: Callable[..., Any], *, inline: Literal["always", "never"]
) -> Callable[..., Any]:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder(Path(inspect.getfile(function)).resolve().parent))
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", inline=inline)(function)
    finally:
        config.CACHE_DIR = before


@functools.cache
def cache_folder(room: Path) -> Path:
    """Where the machine code of a folder of modules lies: beside them, or in the user's cache."""
    digest = hashlib.sha256()
    for path in sorted(room.glob("*.py")):
        content = path.read_bytes()
        if _MARK in content:
            digest.update(content)
    name = f"compiled-{digest.hexdigest()[:16]}"
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR) / name
    if os.access(room, os.W_OK):
        return room / "__pycache__" / name
    return Path.home() / ".cache" / "motion-workbench" / name

"""How the numeric inner loops of this room are compiled: once, kept on disk, for all processes."""

# pyright: reportAttributeAccessIssue=false
# (Numba's configuration is filled in when it is imported.)

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core import config

_HERE = Path(__file__).resolve().parent
_MARK = b"@compiled"


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first use, without the interpreter lock; division follows numpy, not Python.

    Numba notices a change of the file that a function stands in, not of one that it calls into.
    So the machine code is kept in a folder named by the content of all such files together.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_FOLDER)
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for path in sorted(_HERE.glob("*.py")):
        content = path.read_bytes()
        if _MARK in content:
            digest.update(content)
    name = f"compiled-{digest.hexdigest()[:16]}"
    if config.CACHE_DIR:
        return Path(config.CACHE_DIR) / name
    if os.access(_HERE, os.W_OK):
        return _HERE / "__pycache__" / name
    return Path.home() / ".cache" / "motionlib" / name


_FOLDER = _cache_folder()

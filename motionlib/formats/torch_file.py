"""torch's own file format, read without running anything that the file names."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from motionlib.errors import FormatError
from motionlib.formats.zip_members import check_members

_MAPPED_UNCHECKED_BYTES = 1 << 20
"""Larger tensors of a mapped file are not gone through when it is opened."""
_ENUM = "protomotions.simulator.base_simulator.simulator_state.StateConversion"


class _StateConversion(str):
    """Stands for ProtoMotions' enum member: its value as text."""

    __slots__ = ()


def load_torch_dict(path: Path, *, mmap: bool = False) -> Mapping[str, Any]:
    """Read a dict of tensors and plain values.

    torch's restricted unpickler admits tensors and Python containers; the one foreign global of
    ProtoMotions' `.motion` files is answered by a stand-in that holds its text. ProtoMotions is
    neither needed nor imported.

    torch does not look at the zip's checksums; here they are checked: of everything that is read,
    so of a mapped file's pickle and small tensors.

    Args:
        path: File in torch's zip format.
        mmap: Map tensors from the file instead of reading them.

    Raises:
        FormatError: Truncated, damaged, not of this format, not a dict, or it names any other code.
        OSError: The file cannot be opened.
    """
    path = Path(path)
    if not _is_zip(path):  # also the legacy format, which ProtoMotions never wrote
        raise FormatError(
            f"{path}: not a torch zip file (truncated, or of another kind); copy it again or "
            "write it again"
        )
    check_members(path, largest=_MAPPED_UNCHECKED_BYTES if mmap else None)
    try:
        with torch.serialization.safe_globals([(_StateConversion, _ENUM)]):
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        raise FormatError(
            f"{path}: names code or objects that are not admitted ({_first_line(error)}); "
            "expected tensors, numbers and text only; nothing was executed"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(
            f"{path}: cannot be read ({_first_line(error)}); copy it again or write it again"
        ) from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise FormatError(f"{path}: holds a {type(content).__name__}, expected a dict by name")
    return content


def _is_zip(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:  # of a damaged end record
        return False


def _first_line(error: Exception) -> str:
    for line in str(error).splitlines():
        text = line.strip()
        if "Unsupported" in text or "GLOBAL" in text:
            return text[:200]
    return (str(error).splitlines() or [repr(error)])[0][:200]

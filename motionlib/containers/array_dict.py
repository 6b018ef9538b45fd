"""A dict of arrays in one `.npy`, as `np.save` writes it: a pickle, read without running it."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.array_header import parse_header
from motionlib.containers.bounds import MAX_PICKLE_BYTES, read_checked
from motionlib.containers.pickle_stand_ins import ADMITTED, ArrayRecord
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.errors import FormatError
from motionlib.files import write_bytes
from motionlib.showing import type_name


def read_array_dict(path: Path) -> dict[str, Any]:
    """The dict of a `.npy` that holds one: its arrays and numbers by name.

    Raises:
        FormatError: Not such a file, truncated, or its pickle names anything but plain numbers.
        OSError: It cannot be opened.
    """
    path = Path(path)
    raw = read_checked(path, MAX_PICKLE_BYTES)
    header = parse_header(raw, str(path))
    if header.shape != () or header.dtype != np.dtype(object):
        raise FormatError(
            f"{path}: holds an array of shape {header.shape} and type "
            f"{type_name(header.dtype)}, whose columns "
            "no name tells, expected a dict of arrays; write it as .csv with a header, or as .npz by "
            "names"
        )
    content = load_restricted(raw[header.data_start :], origin=str(path), allowed=_ALLOWED)
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise FormatError(f"{path}: holds a {type(content).__name__}, expected a dict by name")
    return {key: _plain(value, f"{path}: {key}") for key, value in content.items()}


def write_array_dict(path: Path, content: dict[str, Any]) -> None:
    """Write arrays and numbers so that `np.load(path, allow_pickle=True).item()` gives them back.

    Raises:
        OSError: The disk is full.
    """
    buffer = io.BytesIO()
    np.save(buffer, np.array(content, dtype=object), allow_pickle=True)
    write_bytes(path, buffer.getvalue())


class _ObjectDtype:
    """Stands for numpy's dtype of Python objects."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        pass


class _Record(ArrayRecord):
    """An array between its creation and its state; of objects it admits one dict."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) == 5 and isinstance(state[2], _ObjectDtype):
            content = state[4]
            if state[1] == () and isinstance(content, list) and len(content) == 1:
                self.content = content[0]
                return
        super().__setstate__(state)


def _dtype(code: Any = "", *flags: Any) -> Any:
    return _ObjectDtype() if code in ("O", "O4", "O8") else ADMITTED["numpy", "dtype"](code, *flags)


def _record(*_: Any) -> _Record:
    return _Record()


_ALLOWED = {
    ("numpy", "dtype"): _dtype,
    **{(f"{core}.multiarray", "_reconstruct"): _record for core in ("numpy.core", "numpy._core")},
}


def _plain(value: Any, where: str) -> Any:
    found = value.content if isinstance(value, ArrayRecord) else value
    if not isinstance(found, (np.ndarray, np.generic, int, float, str)):
        raise FormatError(f"{where} is a {type(found).__name__}, expected an array or a number")
    return found

"""The small members of an AMASS file: rate, gender, shape; also where they are pickles."""

import math
from typing import Any

import numpy as np

from motionlib.containers.array_zip import ArrayZip
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.errors import FormatError
from motionlib.showing import listed, shown, type_name

FPS_KEYS = ("mocap_framerate", "mocap_frame_rate")
MIN_FPS = 5.0
MAX_FPS = 1000.0

_MAX_BETAS = 1000
_GENDERS = ("female", "male", "neutral")
# rates that float32 or a division spoilt are the whole number that they stand for
_WHOLE_FPS_TOLERANCE = 1e-3


class _ObjectType:
    """Stand-in for numpy's object dtype; nothing is done with its state."""

    __slots__ = ()

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...


class _Objects:
    """Stand-in for an array of objects: keeps the list that the pickle holds."""

    __slots__ = ("values",)

    def __init__(self, *_: Any) -> None:
        self.values: list[Any] = []

    def __setstate__(self, state: Any) -> None:
        self.values = state[-1] if isinstance(state, tuple) and state else []


_OBJECT_ARRAYS = {
    ("numpy", "dtype"): _ObjectType,
    ("numpy.core.multiarray", "_reconstruct"): _Objects,
    ("numpy._core.multiarray", "_reconstruct"): _Objects,
}


def fps_of(archive: ArrayZip) -> float:
    """Frames a second; within 1e-3 of a whole number it is that number.

    Raises:
        FormatError: Neither key is there, or the rate is no number from 5 to 1000.
    """
    key = next((name for name in FPS_KEYS if name in archive), None)
    if key is None:
        raise FormatError(
            f"{archive.path}: no frame rate: neither {' nor '.join(FPS_KEYS)}; found "
            f"{listed(sorted(archive.members))}. Add {FPS_KEYS[1]} to the file: a rate cannot "
            "be told from the poses"
        )
    value = _single(archive, key)
    usable = isinstance(value, int | float | np.integer | np.floating)
    # compared before it is converted: a whole number may be larger than any float
    if not usable or isinstance(value, bool) or not MIN_FPS <= value <= MAX_FPS:
        raise FormatError(
            f"{archive.path}: {key} is {shown(value)}, expected frames a second from {MIN_FPS:g} to "
            f"{MAX_FPS:g}; correct it in the file"
        )
    fps = float(value)
    return float(round(fps)) if abs(fps - round(fps)) < _WHOLE_FPS_TOLERANCE else fps


def gender_of(archive: ArrayZip) -> str:
    """`female`, `male` or `neutral`; empty where the file does not say.

    Raises:
        FormatError: A pickle that names anything but text.
    """
    value = _single(archive, "gender") if "gender" in archive else ""
    text = value.decode("latin1") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return ""
    # some files hold the spelling of a bytes literal
    text = text.strip().lower().removeprefix("b'").strip("'\" \0")
    return text if text in _GENDERS else ""


def betas_of(archive: ArrayZip) -> tuple[float, ...]:
    """Shape coefficients, of the first frame where there is one set a frame; may be empty.

    Raises:
        FormatError: An array that holds no numbers, or more than any body model has.
    """
    if "betas" not in archive:
        return ()
    betas = archive.array("betas")
    if betas.dtype.kind not in "fiu":
        found = type_name(betas.dtype)
        raise FormatError(f"{archive.path}: betas is of type {found}, expected numbers")
    if not betas.size:
        return ()
    first = betas.reshape(-1, betas.shape[-1])[0] if betas.ndim else betas.ravel()
    if len(first) > _MAX_BETAS:
        raise FormatError(
            f"{archive.path}: betas has shape {betas.shape}, expected up to {_MAX_BETAS} numbers"
        )
    return tuple(first.astype(float).tolist())


def _single(archive: ArrayZip, name: str) -> Any:
    """Only element of a member, unpickled under restrictions if it is a Python object."""
    header = archive.header(name)
    if not header.dtype.hasobject:
        values = _plain(archive, name) if math.prod(header.shape) == 1 else []
    else:
        loaded = load_restricted(
            archive.raw(name), origin=f"{archive.path}: {name}", allowed=_OBJECT_ARRAYS
        )
        values = loaded.values if isinstance(loaded, _Objects) else [loaded]
    if not isinstance(values, list) or len(values) != 1:
        raise FormatError(
            f"{archive.path}: {name} has shape {shown(header.shape)}, expected a single value"
        )
    return values[0]


def _plain(archive: ArrayZip, name: str) -> list[Any]:
    array = archive.array(name).ravel()
    if array.dtype.kind != "U":
        return array.tolist()
    # numpy makes text of any four bytes, also of those that are no character
    codec = "utf-32-be" if array.dtype.byteorder == ">" else "utf-32-le"
    try:
        return [array.tobytes().decode(codec).rstrip("\0")]
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{archive.path}: {name} holds damaged text ({error}): fetch the file again"
        ) from error

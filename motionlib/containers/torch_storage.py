"""Tensors inside plain pickles: torch writes each one's numbers as a small file of its older format.

That is five pickles in a row (a mark, a version, the machine, a reference, the keys), a count of
eight bytes, the numbers. They are taken apart here; nothing of torch's is called.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from itertools import islice
from typing import Any

import torch

from motionlib.containers.bounds import check_numbers
from motionlib.containers.pickle_stand_ins import Record
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.torch_file import STORAGE_KINDS, Storage, StorageKind, rebuilt_tensor
from motionlib.errors import FormatError

_MARK = 0x1950A86A20F9469CFC6C
_PICKLES = 5
_REFERENCE = 3
_MOST_STEPS = 500
"""Instructions of one of the five pickles."""
_COUNT_BYTES = 8
_WHERE = "a tensor in the pickle"


def tensors_in_pickles() -> dict[tuple[str, str], Callable[..., Any]]:
    """What stands for torch's globals in a pickle: tensors become arrays of numpy.

    For `allowed` of `load_restricted`.
    """
    rebuilt: dict[tuple[str, str], Callable[..., Any]] = {
        ("torch._utils", name): _array for name in ("_rebuild_tensor_v2", "_rebuild_tensor")
    }
    return {
        **rebuilt,
        ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
        ("torch.storage", "_load_from_bytes"): storage_from_bytes,
    }


def storage_from_bytes(raw: Any) -> Storage:
    """The numbers of one storage of torch's older format.

    Raises:
        FormatError: Not of this format, truncated, more than one storage, or no plain numbers.
    """
    if not isinstance(raw, bytes):
        raise pickle.UnpicklingError(f"{_WHERE}: its storage is no bytes")
    bounds = _bounds(raw)
    if len(bounds) != _PICKLES or load_restricted(raw[: bounds[0]], origin=_WHERE) != _MARK:
        raise FormatError(f"{_WHERE}: its storage is not as torch writes it; write the file again")
    found: list[Any] = []
    load_restricted(
        raw[bounds[_REFERENCE - 1] : bounds[_REFERENCE]],
        origin=_WHERE,
        allowed={("torch", name): kind for name, kind in STORAGE_KINDS.items()},
        persistent_load=found.append,
    )
    told = found[0] if len(found) == 1 and isinstance(found[0], tuple) else ()
    if len(told) < 5 or not isinstance(told[1], StorageKind) or type(told[4]) is not int:
        raise FormatError(f"{_WHERE}: its storage holds no plain numbers; write the file again")
    kind, count, start = told[1], told[4], bounds[-1] + _COUNT_BYTES
    check_numbers((count,), kind.dtype.itemsize, max(len(raw) - start, 0), _WHERE)
    if not count:
        return Storage(torch.empty(0, dtype=kind.dtype))
    return Storage(torch.frombuffer(bytearray(raw), dtype=kind.dtype, count=count, offset=start))


def _array(*arguments: Any) -> Record:
    tensor = rebuilt_tensor(*arguments).content
    return Record((tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy())


def _bounds(raw: bytes) -> list[int]:
    """Where each of the pickles at the beginning ends."""
    stream = io.BytesIO(raw)
    ends = []
    for _ in range(_PICKLES):
        try:
            steps = [code.name for code, *_ in islice(pickletools.genops(stream), _MOST_STEPS)]
        except ValueError:
            break
        if not steps or steps[-1] != "STOP":
            break
        ends.append(stream.tell())
    return ends

"""What stands for the globals that a pickle may name, so that none of them runs."""

import math
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from motionlib.containers.bounds import check_numbers, checked_shape
from motionlib.showing import shown


class Admitted:
    """A global that a pickle may name; it can be called but not changed."""

    __slots__ = ("_function", "name")

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_function", function)

    def __call__(self, *args: Any) -> Any:
        """Answer the pickle's REDUCE."""
        return self._function(*args)

    def __setattr__(self, name: str, value: Any) -> None:
        raise pickle.UnpicklingError(f"tries to change {self.name}.{name}")

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError(f"tries to change the state of {self.name}")


class Inert:
    """Stand-in for an object of a foreign class: it keeps what the pickle says and does nothing.

    Name it in `allowed` and every object of that class is loaded as one.
    """

    __slots__ = ("arguments", "state")
    names = ""
    """The class that it stands for."""

    def __new__(cls, *arguments: Any) -> "Inert":
        """Keep the arguments of the constructor that is not called."""
        self = object.__new__(cls)
        self.arguments, self.state = arguments, None
        return self

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dtype:
    """Stand-in for a numpy dtype of plain numbers."""

    __slots__ = ("dtype",)

    def __init__(self, code: Any = "", *flags: Any) -> None:
        text = code if isinstance(code, str) else shown(code)
        if text[:1] not in set("biuf") or text[1:] not in {"1", "2", "4", "8"}:
            raise pickle.UnpicklingError(f"numpy dtype {shown(text)} is not a plain number")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) >= 5 else None
        if order not in ("<", ">", "|", "=") or any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError("numpy dtype with fields, shape or a strange byte order")
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class Record:
    """Stand-in that gives way to its content once everything is loaded."""

    __slots__ = ("content",)

    def __init__(self, content: Any = None) -> None:
        self.content = content

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("tries to change what was loaded")


class ArrayRecord(Record):
    """Stand-in for an ndarray between its creation and its state."""

    __slots__ = ()

    def __init__(self, *_: Any) -> None:
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise pickle.UnpicklingError("numpy array with a state of unknown layout")
        _, shape, dtype, fortran, raw = state
        self.content = _array_from_bytes(raw, dtype, shape, "F" if fortran else "C")


class StreamedArray(Record):
    """Stand-in for joblib's announcement of an array: its numbers follow it, outside of the pickle.

    As joblib's `NumpyArrayWrapper` says it: shape, order and dtype, then, where it names an
    alignment, one byte that counts the padding before the numbers.
    """

    __slots__ = ("_announced",)

    def __new__(cls, *_: Any) -> "StreamedArray":
        """Nothing is announced before its state is."""
        self = object.__new__(cls)
        self.content, self._announced = None, None
        return self

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, dict) or self._announced is not None:
            raise pickle.UnpicklingError("joblib's array of unknown layout")
        self._announced = state

    def take(self, read: Callable[[int], bytes], available: int) -> None:
        """Read the numbers.

        Args:
            read: The next so many bytes of the stream.
            available: Bytes that the stream has at most.
        """
        state = self._announced or {}
        dtype, shape = state.get("dtype"), checked_shape(state.get("shape"), "joblib's array")
        if not isinstance(dtype, _Dtype) or state.get("order") not in ("C", "F"):
            raise pickle.UnpicklingError("joblib's array that does not hold plain numbers")
        if state.get("numpy_array_alignment_bytes") is not None:
            read(read(1)[0])
        check_numbers(shape, dtype.dtype.itemsize, available, "joblib's array")
        raw = read(math.prod(shape) * dtype.dtype.itemsize)
        self.content = _array_from_bytes(raw, dtype, shape, state["order"])


def _array_from_bytes(raw: Any, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray:
    raw = _bytes(raw)
    if not isinstance(dtype, _Dtype) or not isinstance(raw, bytes | bytearray):
        raise pickle.UnpicklingError("numpy array that does not hold plain numbers as bytes")
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise pickle.UnpicklingError(f"numpy array with shape {shown(shape)}")
    flat = np.frombuffer(raw, dtype=dtype.dtype)
    native = dtype.dtype.newbyteorder("=")
    return flat.reshape(shape, order="F" if order == "F" else "C").astype(native)


def _bytes(raw: Any) -> Any:
    # what Python 2 wrote comes as text when the pickle is read as latin-1
    return raw.encode("latin1") if isinstance(raw, str) else raw


def _scalar(dtype: Any, raw: Any = b"") -> Any:
    raw = _bytes(raw)
    if type(dtype) is not _Dtype or type(raw) is not bytes or len(raw) != dtype.dtype.itemsize:
        raise pickle.UnpicklingError("numpy scalar that is not one plain number")
    return np.frombuffer(raw, dtype=dtype.dtype)[0]


def _reconstruct(*_: Any) -> ArrayRecord:
    return ArrayRecord()


def _encode(text: Any, codec: Any = "latin1") -> bytes:
    # protocol 2 writes bytes as latin-1 text
    if not isinstance(text, str) or codec not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes encoded as {shown(codec)}")
    return text.encode("latin1")


def _admitted_globals() -> dict[tuple[str, str], Any]:
    table: dict[tuple[str, str], Callable[..., Any]] = {
        ("numpy", "dtype"): _Dtype,
        ("numpy", "ndarray"): ArrayRecord,
        ("_codecs", "encode"): _encode,
        ("collections", "OrderedDict"): OrderedDict,
    }
    for core in ("numpy.core", "numpy._core"):
        table[f"{core}.multiarray", "scalar"] = _scalar
        table[f"{core}.multiarray", "_reconstruct"] = _reconstruct
        table[f"{core}.numeric", "_frombuffer"] = _array_from_bytes
    for module in ("builtins", "__builtin__"):
        for container in (dict, list, tuple, set, frozenset):
            table[module, container.__name__] = container
    return {key: Admitted(".".join(key), function) for key, function in table.items()}


STREAMED = {("joblib.numpy_pickle", "NumpyArrayWrapper"): StreamedArray}
"""`(module, name)` of what announces numbers that stand in the stream outside of the pickle."""
ADMITTED = _admitted_globals()
"""`(module, name)` to what is called in its place."""

"""Unpickler that admits Python containers and numpy numbers, and runs nothing else.

numpy's own reconstruction code is never reached: every admitted global is answered by a stand-in
that checks its arguments, so that a hostile dtype or array state is refused instead of executed.
"""

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.errors import FormatError

_MAX_BYTES = 512 << 20
_MAX_DEPTH = 32
_LFS_START = b"version https://git-lfs"
_PLAIN = (type(None), bool, int, float, str, bytes, np.number, np.bool_, np.ndarray)
# what the C unpickler raises on damaged or contradictory input
_DAMAGE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    UnicodeError,
    ValueError,
)


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
        text = code if isinstance(code, str) else str(code)
        if text[:1] not in set("biuf") or text[1:] not in {"1", "2", "4", "8"}:
            raise pickle.UnpicklingError(f"numpy dtype {text!r} is not a plain number")
        self.dtype = np.dtype(text)

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) >= 5 else None
        if order not in {"<", ">", "|", "="} or any(part is not None for part in state[2:5]):
            raise pickle.UnpicklingError("numpy dtype with fields, shape or a strange byte order")
        if order in {"<", ">"}:
            self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stand-in for an ndarray between its creation and its state."""

    __slots__ = ("array",)

    def __init__(self) -> None:
        self.array: np.ndarray | None = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise pickle.UnpicklingError("numpy array with a state of unknown layout")
        _, shape, dtype, fortran, raw = state
        self.array = _array_from_bytes(raw, dtype, shape, "F" if fortran else "C")


def _array_from_bytes(raw: Any, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray:
    raw = _bytes(raw)
    if not isinstance(dtype, _Dtype) or not isinstance(raw, bytes | bytearray):
        raise pickle.UnpicklingError("numpy array that does not hold plain numbers as bytes")
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise pickle.UnpicklingError(f"numpy array with shape {shape!r}")
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


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _encode(text: Any, codec: Any = "latin1") -> bytes:
    # protocol 2 writes bytes as latin-1 text
    if not isinstance(text, str) or codec not in {"latin1", "latin-1"}:
        raise pickle.UnpicklingError(f"bytes encoded as {codec!r}")
    return text.encode("latin1")


def _admitted_globals() -> dict[tuple[str, str], Any]:
    table: dict[tuple[str, str], Callable[..., Any]] = {
        ("numpy", "dtype"): _Dtype,
        ("numpy", "ndarray"): _Array,
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


_ADMITTED = _admitted_globals()


class _Unpickler(pickle.Unpickler):
    def __init__(
        self,
        stream: io.BytesIO,
        origin: str,
        *,
        allowed: Mapping[tuple[str, str], Any],
        persistent_load: Callable[[Any], Any] | None,
        encoding: str,
    ) -> None:
        super().__init__(stream, encoding=encoding)
        self._origin = origin
        self._allowed = allowed
        self._persistent_load = persistent_load

    def find_class(self, module: str, name: str) -> Any:
        found = self._allowed.get((module, name), _ADMITTED.get((module, name)))
        if found is None:
            raise FormatError(
                f"{self._origin}: the pickle names {module}.{name}; expected only numpy numbers "
                "and Python containers. Such a file can run programs: do not open it elsewhere, "
                "get it from its author again as plain numbers"
            )
        if found is Inert:
            # a class of this load's own, so that a pickle that changes it changes nothing of ours
            return type("Inert", (Inert,), {"__slots__": (), "names": f"{module}.{name}"})
        if callable(found) and not isinstance(found, Admitted):
            return Admitted(f"{module}.{name}", found)
        return found

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent_load is None:
            raise FormatError(
                f"{self._origin}: the pickle refers to storage outside of itself; "
                "expected a self-contained file of numbers"
            )
        return self._persistent_load(pid)


def load_restricted(
    content: bytes,
    *,
    origin: str,
    allowed: Mapping[tuple[str, str], Any] | None = None,
    persistent_load: Callable[[Any], Any] | None = None,
    encoding: str = "ASCII",
) -> Any:
    """Unpickle bytes, admitting containers, Python numbers and text, numpy numbers and arrays.

    Args:
        content: A whole pickle of protocol 2 or later.
        origin: What to call the source in messages.
        allowed: Further globals, `(module, name)` to what stands for them. Callables are wrapped
            so that the pickle can call but not change them, `Inert` stands for any class; other
            values are handed over as is.
        persistent_load: Answers persistent ids (the storages of a torch file).
        encoding: Of text that Python 2 wrote; its numpy arrays need `latin1`.

    Returns:
        The object; arrays and numbers in native byte order.

    Raises:
        FormatError: Not a pickle, truncated, damaged, nested too deeply, or it names a global
            that is not admitted.
    """
    _check_start(content, origin)
    stream = io.BytesIO(content)
    unpickler = _Unpickler(
        stream, origin, allowed=allowed or {}, persistent_load=persistent_load, encoding=encoding
    )
    try:
        loaded = unpickler.load()
    except FormatError:
        raise
    except _DAMAGE as error:
        raise FormatError(
            f"{origin}: not a readable pickle of numbers ({error}); "
            "the file is truncated, damaged or of another kind: fetch or write it again"
        ) from error
    rest = len(content) - stream.tell()
    if rest:
        raise FormatError(f"{origin}: {rest} bytes after the end of the pickle; expected none")
    return _resolve(loaded, origin, 0, {})


def load_restricted_file(
    path: Path,
    *,
    allowed: Mapping[tuple[str, str], Any] | None = None,
    max_bytes: int = _MAX_BYTES,
    encoding: str = "ASCII",
) -> Any:
    """Read and unpickle a file as `load_restricted` does.

    Raises:
        FormatError: As `load_restricted`; also if the file is missing or larger than `max_bytes`.
    """
    path = Path(path)
    if not path.is_file():
        raise FormatError(f"{path}: no such file; expected a pickle of numbers")
    size = path.stat().st_size
    if size > max_bytes:
        raise FormatError(f"{path}: {size} bytes; expected at most {max_bytes}")
    return load_restricted(path.read_bytes(), origin=str(path), allowed=allowed, encoding=encoding)


def _check_start(content: bytes, origin: str) -> None:
    if not content:
        raise FormatError(f"{origin}: the file is empty; expected a pickle")
    if content.startswith(_LFS_START):
        raise FormatError(
            f"{origin}: a Git LFS pointer, not the data; run `git lfs pull` where it came from"
        )
    if content[0] != pickle.PROTO[0] or len(content) < 2 or not 2 <= content[1] <= 5:
        raise FormatError(
            f"{origin}: begins with {content[:8]!r}, not with a pickle header of protocol 2 to 5; "
            "text files and older protocols are not read"
        )


def _resolve(value: Any, origin: str, depth: int, done: dict[int, Any]) -> Any:
    """Replace stand-ins by arrays; `done` keeps shared objects from being walked twice."""
    if isinstance(value, _PLAIN):
        return value
    if depth > _MAX_DEPTH:
        raise FormatError(f"{origin}: nested deeper than {_MAX_DEPTH} levels; expected a table")
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, Inert):
        done[id(value)] = value  # its state may refer to itself
        value.state = _resolve(value.state, origin, depth + 1, done)
        return value
    if isinstance(value, _Array):
        if value.array is None:
            raise FormatError(f"{origin}: a numpy array without content; write the file again")
        result: Any = value.array
    elif isinstance(value, dict):
        pairs = [(k, _resolve(v, origin, depth + 1, done)) for k, v in value.items()]
        result = OrderedDict(pairs) if isinstance(value, OrderedDict) else dict(pairs)
    elif isinstance(value, list | tuple):
        result = type(value)([_resolve(item, origin, depth + 1, done) for item in value])
    else:
        result = value
    done[id(value)] = result
    return result

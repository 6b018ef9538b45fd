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
from motionlib.formats.pickle_stand_ins import ADMITTED, Admitted, ArrayRecord, Inert

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
        found = self._allowed.get((module, name), ADMITTED.get((module, name)))
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
    if isinstance(value, ArrayRecord):
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

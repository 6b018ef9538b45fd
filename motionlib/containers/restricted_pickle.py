"""Unpickler that admits Python containers and numpy numbers, joblib's among them, and runs nothing.

numpy's own reconstruction code is never reached: every admitted global is answered by a stand-in
that checks its arguments, so that a hostile dtype or array state is refused instead of executed.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.containers.bounds import (
    COPIES_A_BYTE,
    FREE_PARTS,
    MAX_PICKLE_BYTES,
    MAX_PICKLE_DEPTH,
    read_checked,
)
from motionlib.containers.pickle_machine import BoundedUnpickler
from motionlib.containers.pickle_stand_ins import ADMITTED, STREAMED, Admitted, Inert, Record
from motionlib.errors import FormatError, KindError
from motionlib.showing import cut, shown_error

_LFS_START = b"version https://git-lfs"
_PLAIN = (type(None), bool, int, float, str, bytes, np.number, np.bool_, np.ndarray)
# what an unpickler raises on damaged or contradictory input
_DAMAGE = (
    pickle.UnpicklingError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    RuntimeError,
    TypeError,
    UnicodeError,
    ValueError,
    struct.error,
)


class _Unpickler(BoundedUnpickler):
    def __init__(
        self,
        content: bytes,
        origin: str,
        *,
        allowed: Mapping[tuple[str, str], Any],
        persistent_load: Callable[[Any], Any] | None,
        encoding: str,
    ) -> None:
        super().__init__(content, encoding=encoding)
        self._origin = origin
        self._allowed = allowed
        self._answer_id = persistent_load

    def answer(self, module: str, name: str) -> Any:
        if (module, name) in STREAMED:
            return type("Streamed", (STREAMED[module, name],), {"__slots__": ()})
        found = self._allowed.get((module, name), ADMITTED.get((module, name)))
        if found is None:
            raise FormatError(
                f"{self._origin}: the pickle names {cut(module)}.{cut(name)}, which is not admitted; "
                "expected plain numbers and Python containers. Such a file can run programs: do not open it "
                "elsewhere, get it from its author again as plain numbers; nothing was executed"
            )
        if found is Inert:
            # a class of this load's own, so that a pickle that changes it changes nothing of ours
            return type("Inert", (Inert,), {"__slots__": (), "names": f"{module}.{name}"})
        if callable(found) and not isinstance(found, Admitted):
            return Admitted(f"{module}.{name}", found)
        return found

    def persistent_load(self, pid: Any) -> Any:
        if self._answer_id is None:
            raise FormatError(
                f"{self._origin}: the pickle refers to storage outside of itself; "
                "expected a self-contained file of numbers"
            )
        return self._answer_id(pid)


def load_restricted(
    content: bytes,
    *,
    origin: str,
    allowed: Mapping[tuple[str, str], Any] | None = None,
    persistent_load: Callable[[Any], Any] | None = None,
    encoding: str = "ASCII",
) -> Any:
    """Unpickle bytes, admitting containers, Python numbers and text, numpy numbers and arrays.

    Arrays that joblib laid beside the pickle are read; what it compressed, see `unpacked_stream`.

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
        FormatError: Not a pickle, truncated, damaged, nested too deeply, out of proportion to its
            length, or it names a global that is not admitted.
    """
    _check_start(content, origin)
    unpickler = _Unpickler(
        content, origin, allowed=allowed or {}, persistent_load=persistent_load, encoding=encoding
    )
    try:
        loaded = unpickler.load()
    except FormatError as error:
        if str(error).startswith(origin):
            raise
        raise FormatError(f"{origin}: {error}") from error
    except _DAMAGE as error:
        raise FormatError(
            f"{origin}: not a readable pickle of numbers ({shown_error(error)}); "
            "the file is truncated, damaged or of another kind: fetch or write it again"
        ) from error
    if rest := len(content) - unpickler.position:
        raise FormatError(f"{origin}: {rest} bytes after the end of the pickle; expected none")
    return _Resolved(origin, len(content)).of(loaded, 0)


def load_restricted_file(
    path: Path,
    *,
    allowed: Mapping[tuple[str, str], Any] | None = None,
    max_bytes: int = MAX_PICKLE_BYTES,
    encoding: str = "ASCII",
) -> Any:
    """Read and unpickle a file as `load_restricted` does.

    Raises:
        FormatError: As `load_restricted`; also if the file is missing or larger than `max_bytes`.
    """
    path = Path(path)
    if not path.exists():
        raise KindError(f"{path}: no such file; expected a pickle of numbers")
    content = read_checked(path, max_bytes)
    return load_restricted(content, origin=str(path), allowed=allowed, encoding=encoding)


def _check_start(content: bytes, origin: str) -> None:
    if not content:
        raise KindError(f"{origin}: the file is empty; expected a pickle")
    if content.startswith(_LFS_START):
        raise KindError(
            f"{origin}: a Git LFS pointer, not the data; run `git lfs pull` where it came from"
        )
    if content[0] != pickle.PROTO[0] or len(content) < 2 or not 2 <= content[1] <= 5:
        raise KindError(
            f"{origin}: begins with {content[:8]!r}, not with a pickle header of protocol 2 to 5; "
            "text files and older protocols are not read; write it again with pickle.dump(..., "
            "protocol=4)"
        )


class _Resolved:
    """Stand-ins replaced by what they stand for, each shared part once.

    Parts may be shared, but not so often that whoever walks through them all never ends.
    """

    def __init__(self, origin: str, num_bytes: int) -> None:
        self._origin = origin
        self._most = FREE_PARTS + COPIES_A_BYTE * num_bytes
        self._done: dict[int, tuple[Any, int]] = {}

    def of(self, value: Any, depth: int) -> Any:
        return self._walked(value, depth)[0]

    def _walked(self, value: Any, depth: int) -> tuple[Any, int]:
        """The value, and how many parts it has if shared ones are counted each time."""
        if isinstance(value, _PLAIN):
            return value, 1
        if depth > MAX_PICKLE_DEPTH:
            raise FormatError(
                f"{self._origin}: nested deeper than {MAX_PICKLE_DEPTH} levels; expected a table"
            )
        if id(value) in self._done:
            return self._done[id(value)]
        if isinstance(value, Inert):
            self._done[id(value)] = (value, 1)  # its state may refer to itself
            value.state = self.of(value.state, depth + 1)
            return value, 1
        result, parts = self._container(value, depth)
        if parts > self._most:
            raise FormatError(
                f"{self._origin}: its parts are repeated {parts} times; expected a table of numbers"
            )
        self._done[id(value)] = (result, parts)
        return result, parts

    def _container(self, value: Any, depth: int) -> tuple[Any, int]:
        if isinstance(value, Record):
            if value.content is None:
                raise FormatError(f"{self._origin}: an array without content; write the file again")
            return value.content, 1
        if isinstance(value, dict):
            pairs = [(key, self._walked(each, depth + 1)) for key, each in value.items()]
            kind = OrderedDict if isinstance(value, OrderedDict) else dict
            return kind((key, each) for key, (each, _) in pairs), 1 + sum(n for _, (_, n) in pairs)
        if isinstance(value, list | tuple):
            items = [self._walked(each, depth + 1) for each in value]
            return type(value)([each for each, _ in items]), 1 + sum(n for _, n in items)
        return value, 1

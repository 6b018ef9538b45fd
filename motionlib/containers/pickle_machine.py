"""Python's own unpickler with a bound on every step: memory and time follow the pickle's length."""

import io
import pickle
import struct
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from motionlib.containers.bounds import (
    COPIES_A_BYTE,
    FREE_BYTES,
    MAX_PICKLE_INT_BYTES,
    MAX_PICKLE_STEPS,
)
from motionlib.containers.pickle_stand_ins import Admitted, StreamedArray
from motionlib.showing import cut

# The written-out unpickler. Its C twin makes room for any memo number that a pickle names, and
# hashes and copies whatever it is told to.
_Machine: Any = pickle._Unpickler
_KEYS = (str, bytes, float, type(None), np.generic)
_MAX_INT_KEY = 1 << 60
"""Larger whole numbers may be chosen so that they all have one hash."""
_POINTER_BYTES = 8
_HASHING = {"dict", "OrderedDict", "set", "frozenset"}


class BoundedUnpickler(_Machine):
    """Loads one pickle; `answer` says what stands for the globals that it names.

    Keys and members of sets are text and numbers, because a tuple may refer to itself so often
    that its hash takes for ever. What calls and states copy is held against the pickle's length.
    """

    def __init__(self, content: bytes, *, encoding: str) -> None:
        self._stream = io.BytesIO(content)
        super().__init__(self._stream, encoding=encoding)
        self.num_bytes = len(content)
        self._copies = max(FREE_BYTES, COPIES_A_BYTE * len(content))
        self._found: dict[tuple[str, str], Any] = {}

    @property
    def position(self) -> int:
        """Bytes read."""
        return self._stream.tell()

    def answer(self, module: str, name: str) -> Any:
        """What stands for a global; here none is admitted."""
        raise pickle.UnpicklingError(f"it names {cut(module)}.{cut(name)}")

    def find_class(self, module: str, name: str) -> Any:
        """The global's stand-in, the same each time; what it is called with is counted."""
        if (module, name) not in self._found:
            self._found[module, name] = self._metered(self.answer(module, name))
        return self._found[module, name]

    def load(self) -> Any:
        """The object; as Python's own loop, but for the count of its instructions."""
        self._unframer = pickle._Unframer(self._file_read, self._file_readline)  # type: ignore[attr-defined]
        self.read, self.readline = self._unframer.read, self._unframer.readline
        self.readinto = self._unframer.readinto
        self.metastack, self.stack, self.proto = [], [], 0
        self.append = self.stack.append
        read, dispatch = self.read, self.dispatch
        try:
            for _ in range(MAX_PICKLE_STEPS):
                code = read(1)
                if not code:
                    raise EOFError("it has no end")
                dispatch[code[0]](self)
        except pickle._Stop as stop:  # type: ignore[attr-defined]
            return stop.value
        raise pickle.UnpicklingError(f"more than {MAX_PICKLE_STEPS} instructions")

    def charge(self, values: Iterable[Any]) -> None:
        """Count what is about to be copied."""
        self._copies -= sum(map(_weight, values))
        if self._copies < 0:
            raise pickle.UnpicklingError("it copies its own parts over and over")

    def _metered(self, found: Any) -> Any:
        if not isinstance(found, Admitted):
            return found
        hashes = found.name.rpartition(".")[2] in _HASHING
        pairs = found.name.endswith(("dict", "Dict"))

        def call(*arguments: Any) -> Any:
            self.charge(arguments)
            if hashes and arguments and not isinstance(arguments[0], dict | str | bytes):
                for item in arguments[0]:
                    _check_key(item[0] if pairs else item)
            return found(*arguments)

        return Admitted(found.name, call)


def _weight(value: Any) -> int:
    sized = isinstance(value, str | bytes | bytearray | list | tuple | dict | set | frozenset)
    return _POINTER_BYTES * len(value) if sized else 1


def _check_key(key: Any) -> None:
    whole = isinstance(key, int) and abs(key) < _MAX_INT_KEY
    if not whole and not isinstance(key, _KEYS):
        kind = cut(type(key).__name__)
        raise pickle.UnpicklingError(f"a {kind} is a key or in a set; expected text or a number")


def _keyed(original: Callable[[Any], None], keys: slice) -> Callable[[Any], None]:
    """The step, after a look at what it will hash."""

    def load(self: Any) -> None:
        for key in self.stack[keys]:
            _check_key(key)
        original(self)

    return load


def _short_line(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """The step for a number that is written out, whose digits take time with their square."""

    def load(self: Any) -> None:
        frame = self._unframer.current_frame or self._stream
        place = frame.tell()
        if len(frame.readline(MAX_PICKLE_INT_BYTES + 1)) > MAX_PICKLE_INT_BYTES:
            raise pickle.UnpicklingError("a number of thousands of digits")
        frame.seek(place)
        original(self)

    return load


def _long4(self: Any) -> None:
    count = struct.unpack("<i", self.read(4))[0]
    if not 0 <= count <= MAX_PICKLE_INT_BYTES:
        raise pickle.UnpicklingError(f"a number of {count} bytes")
    self.append(pickle.decode_long(self.read(count)))


def _bytearray8(self: Any) -> None:
    # the original makes room for as many bytes as the pickle says
    count = int.from_bytes(self.read(8), "little")
    content = self.read(min(count, 1 << 62))
    if len(content) != count:
        raise pickle.UnpicklingError(f"{count} bytes are announced, {len(content)} are there")
    self.append(bytearray(content))


def _build(self: Any) -> None:
    state = self.stack[-1]
    self.charge(state if isinstance(state, tuple) else (state,))
    announced = self.stack[-2]
    _Machine.load_build(self)
    if isinstance(announced, StreamedArray):
        announced.take(self.read, self.num_bytes - self.position)


def _extension(self: Any) -> None:
    raise pickle.UnpicklingError("an extension code, which stands for code of another program")


def _steps() -> dict[int, Callable[[Any], None]]:
    table: dict[int, Callable[[Any], None]] = dict(_Machine.dispatch)
    every_second = slice(None, None, 2)
    bounded = {
        pickle.SETITEM: _keyed(_Machine.load_setitem, slice(-2, -1)),
        pickle.SETITEMS: _keyed(_Machine.load_setitems, every_second),
        pickle.DICT: _keyed(_Machine.load_dict, every_second),
        pickle.ADDITEMS: _keyed(_Machine.load_additems, slice(None)),
        pickle.FROZENSET: _keyed(_Machine.load_frozenset, slice(None)),
        pickle.INT: _short_line(_Machine.load_int),
        pickle.LONG: _short_line(_Machine.load_long),
        pickle.LONG4: _long4,
        pickle.BYTEARRAY8: _bytearray8,
        pickle.BUILD: _build,
        **dict.fromkeys((pickle.EXT1, pickle.EXT2, pickle.EXT4), _extension),
    }
    return table | {code[0]: step for code, step in bounded.items()}


BoundedUnpickler.dispatch = _steps()

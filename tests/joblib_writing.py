"""What `joblib.dump` writes: a pickle whose arrays lie in the stream, each behind its announcement."""

import io
import pickle
import sys
from types import ModuleType
from typing import Any, Literal

import numpy as np

_ALIGNMENT = 16


class NumpyArrayWrapper:
    """joblib's own name for what stands before an array."""

    def __init__(self, array: np.ndarray) -> None:
        self.subclass = np.ndarray
        self.shape = array.shape
        self.order: Literal["C", "F"] = (
            "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        )
        self.dtype = array.dtype
        self.allow_mmap = True
        self.numpy_array_alignment_bytes = _ALIGNMENT


_Written: Any = pickle._Pickler  # type: ignore[attr-defined]


class _Pickler(_Written):
    def __init__(self, stream: io.BytesIO) -> None:
        self._stream = stream
        super().__init__(stream, protocol=4)

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if type(obj) is not np.ndarray:
            return super().save(obj, save_persistent_id)
        wrapper = NumpyArrayWrapper(obj)
        super().save(wrapper)
        if self.proto >= 4:
            self.framer.commit_frame(force=True)
        padding = _ALIGNMENT - (self._stream.tell() + 1) % _ALIGNMENT
        self._stream.write(bytes([padding]) + b"\xff" * padding)
        self._stream.write(obj.tobytes("F" if wrapper.order == "F" else "C"))
        return None


def joblib_bytes(value: Any) -> bytes:
    """The bytes of a file that joblib would write without compression."""
    module = ModuleType("joblib.numpy_pickle")
    setattr(module, "NumpyArrayWrapper", NumpyArrayWrapper)  # noqa: B010
    NumpyArrayWrapper.__module__ = "joblib.numpy_pickle"
    known = {name: sys.modules.get(name) for name in ("joblib", "joblib.numpy_pickle")}
    sys.modules.update({"joblib": ModuleType("joblib"), "joblib.numpy_pickle": module})
    try:
        stream = io.BytesIO()
        _Pickler(stream).dump(value)
    finally:
        for name, before in known.items():
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
    return stream.getvalue()

"""torch's own file format, read without torch: nothing runs, and no tensor exceeds its bytes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motionlib.containers.bounds import (
    CHECKED_BYTES,
    MAX_PICKLE_BYTES,
    check_numbers,
    checked_shape,
    checked_size,
)
from motionlib.containers.pickle_stand_ins import Record
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.zip_members import Content, ZipMembers, open_zip
from motionlib.errors import FormatError, KindError
from motionlib.showing import cut, shown

_ENUM = ("protomotions.simulator.base_simulator.simulator_state", "StateConversion")
_PICKLE = "data.pkl"
_OLDER = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
"""What files of torch begin with that are no zip."""
_DTYPES: Mapping[str, torch.dtype] = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class _StateConversion(str):
    """Stands for ProtoMotions' enum member: its value as text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """Numbers of one storage of the file."""

    numbers: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class StorageKind:
    """What stands for one of torch's classes of storages."""

    dtype: torch.dtype


STORAGE_KINDS: Mapping[str, StorageKind] = {name: StorageKind(d) for name, d in _DTYPES.items()}
"""torch's classes of storages by name."""


def load_torch_dict(path: Path, *, mmap: bool = False) -> Mapping[str, Any]:
    """Read a dict of tensors and plain values.

    Tensors, Python containers, numbers and text are admitted; the one foreign global of
    ProtoMotions' `.motion` files is answered by a stand-in that holds its text. ProtoMotions is
    neither needed nor imported. A tensor has no more numbers than its storage.

    Args:
        path: File in torch's zip format.
        mmap: Map tensors from the file instead of reading them; only those of up to 1 MB are then
            compared with their checksums. They may be written to, which leaves the file alone.

    Raises:
        FormatError: Truncated, not of this format, not a dict, out of proportion to its size, or
            it names any other code.
        OSError: The file cannot be opened.
    """
    path = Path(path)
    checked_size(path)
    with path.open("rb") as file:
        if file.read(len(_OLDER)) == _OLDER:
            raise KindError(
                f"{path}: torch's older format, which is no zip; write it again: "
                "torch.save(torch.load(old), new)"
            )
    with open_zip(path, "a torch zip file") as archive:
        folder = _folder(archive)
        reader = _Reader(archive, folder, mmap=mmap)
        content = load_restricted(
            _bytes(archive.content(f"{folder}{_PICKLE}")),
            origin=str(path),
            allowed=_allowed(),
            persistent_load=reader.storage,
            encoding="utf-8",
        )
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise FormatError(f"{path}: holds a {type(content).__name__}, expected a dict by name")
    return content


class _Reader:
    """Storages of one archive."""

    def __init__(self, archive: ZipMembers, folder: str, *, mmap: bool) -> None:
        self._archive, self._folder, self._mmap = archive, folder, mmap
        self._storages: dict[str, Storage] = {}

    def storage(self, pid: Any) -> Storage:
        """Answer to a persistent id: `("storage", class, key, location, number of items)`."""
        where = str(self._archive.path)
        if not isinstance(pid, tuple) or len(pid) != 5 or not isinstance(pid[1], StorageKind):
            raise FormatError(f"{where}: refers to {shown(pid)}, expected a storage of numbers")
        _, kind, key, _, count = pid
        if not isinstance(key, str) or type(count) is not int or count < 0:
            raise FormatError(f"{where}: refers to {shown(pid)}, expected a storage of numbers")
        if key not in self._storages:
            self._storages[key] = Storage(self._numbers(key, kind.dtype, count))
        found = self._storages[key]
        if found.numbers.dtype != kind.dtype or len(found.numbers) != count:
            raise FormatError(f"{where}: storage {cut(key)} is of two kinds; write it again")
        return found

    def _numbers(self, key: str, dtype: torch.dtype, count: int) -> Tensor:
        name = f"{self._folder}data/{key}"
        size = self._archive.size(name)
        check_numbers((count,), dtype.itemsize, size, f"{self._archive.path}: {cut(name)}")
        if not count:
            return torch.empty(0, dtype=dtype)
        checked = not self._mmap or size <= CHECKED_BYTES
        content = self._archive.content(name, checked=checked)
        buffer = content.buffer if self._mmap else bytearray(_bytes(content))
        if isinstance(buffer, bytes):
            buffer = bytearray(buffer)
        start = content.start if buffer is content.buffer else 0
        return torch.frombuffer(buffer, dtype=dtype, count=count, offset=start)


def _folder(archive: ZipMembers) -> str:
    """The folder that holds everything, with its slash."""
    names = [name for name in archive.members if name.rpartition("/")[2] == _PICKLE]
    if len(names) != 1:
        raise FormatError(
            f"{archive.path}: cannot be read: {len(names)} members {_PICKLE}, expected one; not a "
            "file of torch.save"
        )
    folder = names[0].removesuffix(_PICKLE)
    order = f"{folder}byteorder"
    if order in archive and archive.head(order, 16) != b"little":
        raise FormatError(
            f"{archive.path}: its numbers are not little-endian; write it again on another machine"
        )
    if archive.size(names[0]) > MAX_PICKLE_BYTES:
        raise FormatError(f"{archive.path}: its pickle is larger than {MAX_PICKLE_BYTES} bytes")
    return folder


def rebuilt_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Record:
    """Answer to torch's rebuilding of a tensor: a view of its storage, within it."""
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    where = "a tensor"
    sizes, steps = checked_shape(shape, where), checked_shape(strides, f"{where}, strides")
    (first,) = checked_shape((offset,), f"{where}, offset")
    if len(sizes) != len(steps):
        raise FormatError(f"{where} has {len(sizes)} axes and {len(steps)} strides")
    numbers = storage.numbers
    # a stride of zero, or rows that lie over each other, would make many numbers of few
    check_numbers(sizes, numbers.itemsize, len(numbers) * numbers.itemsize, where)
    last = first + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True))
    if 0 in sizes:
        return Record(torch.empty(sizes, dtype=numbers.dtype))
    if last >= len(numbers):
        raise FormatError(f"{where} ends at number {last} of {len(numbers)}; write the file again")
    return Record(numbers.as_strided(sizes, steps, first))


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _size(axes: Any = ()) -> tuple[int, ...]:
    return checked_shape(tuple(axes), "a torch.Size")


def _allowed() -> dict[tuple[str, str], Any]:
    functions: dict[tuple[str, str], Callable[..., Any]] = {
        ("torch._utils", "_rebuild_tensor_v2"): rebuilt_tensor,
        ("torch._utils", "_rebuild_tensor"): rebuilt_tensor,
        ("torch._utils", "_rebuild_parameter"): _parameter,
        ("torch", "Size"): _size,
        _ENUM: _StateConversion,
    }
    return {**functions, **{("torch", name): kind for name, kind in STORAGE_KINDS.items()}}


def _bytes(content: Content) -> bytes:
    return bytes(content.buffer[content.start : content.start + content.size])

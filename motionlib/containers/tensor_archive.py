"""torch's zip file with blank tensors, filled row by row: memory for one clip, not for the file."""

import mmap
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

import torch
from torch import Tensor

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_CENTRAL_HEADER = struct.Struct("<4s12xI8xHHH12x")
_CENTRAL_CRC = 16
_DESCRIPTOR = b"PK\x07\x08"
_SAVED = "archive/data/"
_ALIGNMENT = 64


class Blank(NamedTuple):
    """A tensor to be filled."""

    shape: tuple[int, ...]
    dtype: torch.dtype


class _Slot:
    """Where a tensor's bytes lie, and how far they are written."""

    def __init__(self, offset: int, size: int) -> None:
        self.offset, self.size = offset, size
        self.written = self.crc = 0


class TensorArchive:
    """A file that `torch.load(weights_only=True, mmap=True)` reads, written in one pass.

    As a context: on leaving without an error every tensor must be full; then the checksums of the
    zip entries are set, so that any zip program finds the file sound. Equal content gives equal
    bytes.
    """

    def __init__(
        self, path: Path, blanks: Mapping[str, Blank], plain: Mapping[str, object]
    ) -> None:
        """Create the file.

        Args:
            path: Overwritten.
            blanks: Tensors by key, in the order of the file.
            plain: Further keys: text, numbers, tuples and dicts of them; a dict may hold blanks,
                which `append` knows as `key.name`.
        """
        inner = {
            f"{key}.{name}": value
            for key, each in plain.items()
            if isinstance(each, dict)
            for name, value in each.items()
            if isinstance(value, Blank)
        }
        everything = {**blanks, **inner}  # the order in which torch numbers them
        _save_skeleton(path, everything, blanks, plain)
        self._slots = _find_slots(path, everything)
        self._file = path.open("r+b")

    def append(self, key: str, rows: Tensor) -> None:
        """Write the next rows of a tensor; of the dtype that its blank states."""
        content = rows.contiguous().numpy().data.cast("B")
        slot = self._slots[key]
        if slot.written + len(content) > slot.size:
            raise ValueError(f"{key}: more rows than announced")
        self._file.seek(slot.offset + slot.written)
        self._file.write(content)
        slot.crc = zlib.crc32(content, slot.crc)
        slot.written += len(content)

    def __enter__(self) -> "TensorArchive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._file:
            if kind is None:
                self._finish()

    def _finish(self) -> None:
        short = [key for key, slot in self._slots.items() if slot.written != slot.size]
        if short:
            raise ValueError(f"{', '.join(short)}: fewer rows than announced")
        self._file.flush()
        with zipfile.ZipFile(self._file) as archive:
            central, entries = archive.start_dir, archive.infolist()
        crcs = {slot.offset: slot.crc for slot in self._slots.values()}
        for entry in entries:
            crc = crcs.get(self._data_offset(entry.header_offset))
            central += self._set_crc(central, entry, crc)

    def _data_offset(self, header_offset: int) -> int:
        self._file.seek(header_offset)
        return header_offset + _header_size(self._file.read(_LOCAL_HEADER.size))

    def _set_crc(self, central: int, entry: zipfile.ZipInfo, crc: int | None) -> int:
        """Set an entry's checksum behind its data and in the directory; the directory line's size.

        The local header has none, as its flags say.
        """
        self._file.seek(central)
        header = self._file.read(_CENTRAL_HEADER.size)
        _, _, name, extra, comment = _CENTRAL_HEADER.unpack(header)
        if crc is not None:
            behind = self._data_offset(entry.header_offset) + entry.file_size
            self._file.seek(behind)
            if self._file.read(4) != _DESCRIPTOR:
                raise ValueError(f"{entry.filename}: no data descriptor behind the entry")
            for place in (behind + 4, central + _CENTRAL_CRC):
                self._file.seek(place)
                self._file.write(crc.to_bytes(4, "little"))
        return len(header) + name + extra + comment


def _save_skeleton(
    path: Path,
    everything: Mapping[str, Blank],
    blanks: Mapping[str, Blank],
    plain: Mapping[str, object],
) -> None:
    # through a stream, because torch would put the path's own name into the archive
    with (
        tempfile.TemporaryFile(dir=path.parent) as room,
        torch.serialization.skip_data(),
        path.open("wb") as file,
    ):
        tensors = _without_memory(everything, room)
        content: dict[str, Any] = {key: tensors[key] for key in blanks}
        for key, value in plain.items():
            content[key] = value
            if isinstance(value, dict):
                content[key] = {
                    name: tensors.get(f"{key}.{name}", each) for name, each in value.items()
                }
        torch.save(content, file)


def _without_memory(blanks: Mapping[str, Blank], room: IO[bytes]) -> dict[str, Any]:
    """Tensors that nobody looks into, mapped from a file that is all hole.

    torch's own allocator would ask the system for the memory, which may refuse it.
    """
    sizes = [_num_bytes(blank) for blank in blanks.values()]
    places = [0, *accumulate(-(-size // _ALIGNMENT) * _ALIGNMENT for size in sizes)]
    room.truncate(places[-1])
    mapped = mmap.mmap(room.fileno(), places[-1])
    tensors = {}
    for place, (key, blank) in zip(places, blanks.items(), strict=False):
        count = torch.Size(blank.shape).numel()
        flat = torch.frombuffer(mapped, dtype=blank.dtype, count=count, offset=place)
        tensors[key] = flat.view(blank.shape)
    return tensors


def _num_bytes(blank: Blank) -> int:
    return torch.Size(blank.shape).numel() * blank.dtype.itemsize


def _find_slots(path: Path, blanks: Mapping[str, Blank]) -> dict[str, _Slot]:
    slots = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for number, (key, blank) in enumerate(blanks.items()):
            entry = archive.getinfo(f"{_SAVED}{number}")
            size = _num_bytes(blank)
            file.seek(entry.header_offset)
            header = _header_size(file.read(_LOCAL_HEADER.size))
            if entry.file_size != size or entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{key}: stored as {entry.file_size} bytes, expected {size}")
            slots[key] = _Slot(entry.header_offset + header, size)
    return slots


def _header_size(header: bytes) -> int:
    _, name, extra = _LOCAL_HEADER.unpack(header)
    return _LOCAL_HEADER.size + name + extra

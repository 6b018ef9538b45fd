"""A zip of numpy arrays (`.npz`) read member by member: mapped where stored, never unpickled."""

import math
import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from motionlib.errors import FormatError, nearest_names
from motionlib.formats.array_header import MAGIC, MAX_HEADER_BYTES, ArrayHeader, parse_header
from motionlib.formats.zip_members import check_directory, check_stored, data_offset

_LFS_START = b"version https://git-lfs"
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_UNPACKED_BYTES = 2 << 30
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
    OSError,
)


class ArrayZip:
    """An open archive; arrays taken from it stay valid after it is closed.

    A member's bytes, its header among them, are held against the zip's checksum when its numbers
    are first asked for; its name and place against the directory when the archive is opened.
    """

    __slots__ = ("_checked", "_file", "_headers", "_map", "_zip", "members", "path")

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._zip = zipfile.ZipFile(file)
        self._headers: dict[str, ArrayHeader] = {}
        self._checked: set[str] = set()
        infos = self._zip.infolist()
        check_directory(self._map, infos)
        for info in infos:
            data_offset(self._map, info)
        self.members: dict[str, zipfile.ZipInfo] = {
            info.filename.removesuffix(".npy"): info for info in infos
        }

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def header(self, name: str) -> ArrayHeader:
        """Shape and dtype of a member; its numbers are not touched.

        Raises:
            FormatError: No such member, not an array, or its numbers are not all there.
        """
        if name in self._headers:
            return self._headers[name]
        info = self._info(name)
        if info.compress_type == zipfile.ZIP_STORED:
            start = self._data_offset(info)
            head = self._map[start : start + min(info.file_size, MAX_HEADER_BYTES)]
        else:
            with self._damage_named(name), self._zip.open(info) as stream:
                head = stream.read(MAX_HEADER_BYTES)
        header = parse_header(head, f"{self.path}: {name}")
        expected = header.data_start + math.prod(header.shape) * header.dtype.itemsize
        if not header.dtype.hasobject and expected != info.file_size:
            raise FormatError(
                f"{self.path}: {name} holds {info.file_size} bytes, expected {expected} for shape "
                f"{header.shape}; the file is truncated or damaged: fetch it again"
            )
        self._headers[name] = header
        return header

    def array(self, name: str) -> np.ndarray:
        """A member's numbers, read-only.

        A view of the mapped file where the member is stored uncompressed: its address need not be
        a multiple of its item size.

        Raises:
            FormatError: As `header`; also for an array of Python objects, which is a pickle.
        """
        header = self.header(name)
        if header.dtype.hasobject:
            raise FormatError(
                f"{self.path}: {name} is an array of Python objects (a pickle), expected plain "
                "numbers; write it again with a numeric dtype"
            )
        buffer, start = self._content(name)
        flat = np.frombuffer(
            buffer,
            dtype=header.dtype,
            count=math.prod(header.shape),
            offset=start + header.data_start,
        )
        return flat.reshape(header.shape, order="F" if header.fortran else "C")

    def raw(self, name: str) -> bytes:
        """A member's bytes after its header: the pickle of an array of objects."""
        header = self.header(name)
        buffer, start = self._content(name)
        size = self.members[name].file_size
        return bytes(buffer[start + header.data_start : start + size])

    def close(self) -> None:
        """Close the file; the map lives as long as arrays refer to it."""
        self._zip.close()
        self._file.close()

    def _content(self, name: str) -> tuple[mmap.mmap | bytes, int]:
        info = self._info(name)
        if info.compress_type == zipfile.ZIP_STORED:
            offset = self._data_offset(info)
            if name not in self._checked:
                with self._damage_named(name):
                    check_stored(self._map, info, offset)
                self._checked.add(name)
            return self._map, offset
        if info.file_size > _MAX_UNPACKED_BYTES:
            raise FormatError(
                f"{self.path}: {name} unpacks to {info.file_size} bytes, expected at most "
                f"{_MAX_UNPACKED_BYTES}; store long recordings uncompressed"
            )
        with self._damage_named(name):
            return self._zip.read(info), 0

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self.members:
            raise FormatError(
                f"{self.path}: array {name} is missing; found {', '.join(sorted(self.members))} "
                f"({nearest_names(name, self.members)})"
            )
        info = self.members[name]
        if info.flag_bits & 1 or info.compress_type not in _COMPRESSIONS:
            raise FormatError(
                f"{self.path}: {name} is encrypted or packed by a method that numpy does not use; "
                "expected a stored or deflated array"
            )
        return info

    def _data_offset(self, info: zipfile.ZipInfo) -> int:
        with self._damage_named(info.filename):
            return data_offset(self._map, info)

    @contextmanager
    def _damage_named(self, name: str) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise FormatError(
                f"{self.path}: {name} cannot be read ({error}); expected an undamaged .npz: "
                "fetch the file again"
            ) from error


@contextmanager
def open_array_zip(path: Path) -> Iterator[ArrayZip]:
    """Open a zip of arrays for the time of a `with` block.

    Raises:
        FormatError: Missing, unreadable, empty, a text file, a Git LFS pointer, no zip, or
            truncated.
    """
    path = Path(path)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            start = file.read(64)
        except OSError as error:
            raise FormatError(
                f"{path}: cannot be read ({error.strerror}); expected a .npz: "
                "check that it exists, its permissions and its disk"
            ) from error
        _check_start(start, path)
        try:
            archive = ArrayZip(path, file)
        except _DAMAGE as error:
            raise FormatError(
                f"{path}: begins as a zip but has no readable directory ({error}); "
                "the file is truncated or damaged: fetch it again"
            ) from error
        try:
            yield archive
        finally:
            archive.close()


def _check_start(start: bytes, path: Path) -> None:
    if start.startswith(_ZIP_STARTS):
        return
    if not start:
        raise FormatError(f"{path}: the file is empty; expected a zip of arrays: fetch it again")
    if start.startswith(_LFS_START):
        raise FormatError(
            f"{path}: a Git LFS pointer, not the data; run `git lfs pull` where it came from"
        )
    kind = "a single array" if start.startswith(MAGIC) else "no zip"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start):
        kind = "a text file"
    raise FormatError(
        f"{path}: {kind}, begins with {start[:16]!r}; expected a zip of arrays (.npz): "
        "fetch the file again, or give it the suffix of what it is"
    )

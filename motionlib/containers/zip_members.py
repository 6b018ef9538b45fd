"""A zip whose members are mapped or unpacked one by one, within bounds that its size sets."""

import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from motionlib.containers.bounds import check_unpacked, checked_size
from motionlib.containers.zip_directory import (
    check_members_fit,
    checked_directory_count,
    data_offset,
)
from motionlib.errors import FormatError, KindError, nearest_names
from motionlib.showing import cut, listed, shown_error

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
    OverflowError,
    MemoryError,
    OSError,
)
"""What a damaged archive or array makes Python's and numpy's readers raise."""
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Content(NamedTuple):
    """Where a member's bytes lie."""

    buffer: mmap.mmap | bytes
    start: int
    size: int


class ZipMembers:
    """An open archive; what was taken from it stays valid after it is closed.

    What members are there, and where, is held against their own headers on opening; a member's
    bytes against their checksum when they are first asked for.
    """

    __slots__ = ("_checked", "_file", "_map", "_zip", "has_checksums", "members", "path")

    def __init__(self, path: Path, file: BinaryIO, *, private: bool = False) -> None:
        """Read the directory.

        Args:
            path: Of the file, for messages.
            file: Open for reading.
            private: Map it so that what is written to the map stays in this process.
        """
        self.path = path
        self._file = file
        access = mmap.ACCESS_COPY if private else mmap.ACCESS_READ
        self._map = mmap.mmap(file.fileno(), 0, access=access)
        count = checked_directory_count(self._map, path)
        self._zip = zipfile.ZipFile(file)
        infos = self._zip.infolist()
        check_members_fit(infos, count, self._map, path)
        self._checked: set[str] = set()
        self.has_checksums = any(info.CRC for info in infos)
        """torch writes zeros where it is told to leave them out."""
        self.members: dict[str, zipfile.ZipInfo] = {info.filename: info for info in infos}

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def size(self, name: str) -> int:
        """Bytes of a member, unpacked."""
        return self._info(name).file_size

    def head(self, name: str, most: int) -> bytes:
        """First bytes of a member; its checksum is not compared."""
        info = self._info(name)
        if info.compress_type == zipfile.ZIP_STORED:
            start = self._data_offset(info)
            return self._map[start : start + min(info.file_size, most)]
        with self.damage_named(name), self._zip.open(info) as stream:
            return stream.read(most)

    def content(self, name: str, *, checked: bool = True) -> Content:
        """A member's bytes: mapped where they are stored unpacked.

        Args:
            name: Of the member.
            checked: Whether mapped bytes are compared with their checksum, which reads them all.

        Raises:
            FormatError: No such member, damaged, packed by a foreign method, or it unpacks to more
                than its size allows.
        """
        info = self._info(name)
        if info.compress_type == zipfile.ZIP_STORED:
            start = self._data_offset(info)
            if checked and self.has_checksums and name not in self._checked:
                self._check_bytes(info, start)
                self._checked.add(name)
            return Content(self._map, start, info.file_size)
        with self.damage_named(name):
            return Content(self._zip.read(info), 0, info.file_size)

    def close(self) -> None:
        """Close the file; the map lives as long as arrays refer to it."""
        self._zip.close()
        self._file.close()

    @contextmanager
    def damage_named(self, name: str) -> Iterator[None]:
        """Turn what damaged bytes raise into an error that names file and member."""
        try:
            yield
        except DAMAGE as error:
            raise FormatError(
                f"{self.path}: {cut(name)} cannot be read ({shown_error(error)}); the file is "
                "truncated or damaged: fetch it again"
            ) from error

    def _info(self, name: str) -> zipfile.ZipInfo:
        if name not in self.members:
            raise FormatError(
                f"{self.path}: {cut(name)} is missing; found {listed(sorted(self.members))} "
                f"({nearest_names(name, self.members)})"
            )
        info = self.members[name]
        if info.flag_bits & 1 or info.compress_type not in _COMPRESSIONS:
            raise FormatError(
                f"{self.path}: {cut(name)} is encrypted or packed by a method that is not used "
                "here; expected a stored or deflated member"
            )
        stored = info.compress_type == zipfile.ZIP_STORED
        if stored and info.file_size != info.compress_size:
            raise FormatError(
                f"{self.path}: {cut(name)} has two sizes, {info.file_size} and "
                f"{info.compress_size} bytes; the file is damaged: fetch it again"
            )
        if not stored:
            check_unpacked(info.compress_size, info.file_size, f"{self.path}: {cut(name)}")
        return info

    def _data_offset(self, info: zipfile.ZipInfo) -> int:
        with self.damage_named(info.filename):
            return data_offset(self._map, info)

    def _check_bytes(self, info: zipfile.ZipInfo, start: int) -> None:
        with memoryview(self._map)[start : start + info.file_size] as part:
            found = zlib.crc32(part)
        if found != info.CRC:
            raise FormatError(
                f"{self.path}: {cut(info.filename)} cannot be read: its bytes do not have the "
                "checksum that stands in the file; it is damaged: fetch it again"
            )


@contextmanager
def open_zip(path: Path, kind: str) -> Iterator[ZipMembers]:
    """Open a zip for the time of a `with` block; its map may be written to and stays private.

    Args:
        path: The file.
        kind: What it should be, for messages.

    Raises:
        FormatError: No regular file, no zip, truncated, or a directory out of proportion.
        OSError: It cannot be opened.
    """
    path = Path(path)
    checked_size(path)
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        try:
            archive = ZipMembers(path, file, private=True)
        except DAMAGE as error:
            raise KindError(
                f"{path}: not {kind} ({shown_error(error)}): truncated, or of another kind; copy "
                "it again or write it again"
            ) from error
        stack.callback(archive.close)
        yield archive


def check_members(path: Path, kind: str) -> bool:
    """Hold every member of a zip against its checksum: one pass over the file.

    Args:
        path: The file.
        kind: What it should be, for messages.

    Returns:
        Whether the file has checksums.

    Raises:
        FormatError: As `open_zip`; names the member that is damaged.
        OSError: It cannot be opened.
    """
    with open_zip(path, kind) as archive:
        for name in archive.members:
            archive.content(name)
        return archive.has_checksums

"""Members of a zip held against its directory: names, places, and the checksums of their bytes."""

import mmap
import struct
import zipfile
import zlib
from pathlib import Path

from motionlib.errors import FormatError

_LOCAL_HEADER = struct.Struct("<4s2xHH4xIIIHH")
_LOCAL_START, _END_START = b"PK\x03\x04", b"PK\x05\x06"
_END = struct.Struct("<4s6xH10x")
_LONGEST_COMMENT = 0xFFFF
_ELSEWHERE_16, _ELSEWHERE_32 = 0xFFFF, 0xFFFFFFFF
"""What a zip writes where a number does not fit and stands in another record."""
_CRC_FOLLOWS, _UTF8 = 0x08, 0x800
_CHUNK_BYTES = 1 << 20


def check_directory(mapped: mmap.mmap, members: list[zipfile.ZipInfo]) -> None:
    """Refuse a directory that names another number of members than its end record says.

    `zipfile` does not count: a damaged length makes it pass over members in silence.

    Raises:
        zipfile.BadZipFile: With both numbers.
    """
    at = mapped.rfind(_END_START, max(0, len(mapped) - _END.size - _LONGEST_COMMENT))
    if at < 0 or at + _END.size > len(mapped):
        raise zipfile.BadZipFile("no end record")
    count = _END.unpack_from(mapped, at)[1]
    if count not in {len(members), _ELSEWHERE_16}:
        raise zipfile.BadZipFile(f"{len(members)} members in the directory, {count} announced")


def data_offset(mapped: mmap.mmap, info: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin; its own header has to agree with the directory.

    Raises:
        zipfile.BadZipFile: It does not.
        struct.error: The file ends before it.
    """
    start, flags, method, crc, packed, size, name, extra = _LOCAL_HEADER.unpack_from(
        mapped, info.header_offset
    )
    at = info.header_offset + _LOCAL_HEADER.size
    text = mapped[at : at + name].decode("utf-8" if info.flag_bits & _UTF8 else "cp437")
    offset = at + name + extra
    there = start == _LOCAL_START and text == info.orig_filename and method == info.compress_type
    if not there or offset + info.compress_size > len(mapped):
        raise zipfile.BadZipFile(f"{info.filename} is not where the directory says")
    if not flags & _CRC_FOLLOWS and (
        crc != info.CRC
        or packed not in {info.compress_size, _ELSEWHERE_32}
        or size not in {info.file_size, _ELSEWHERE_32}
    ):
        raise zipfile.BadZipFile(f"{info.filename}: size or checksum differ from the directory's")
    return offset


def check_stored(mapped: mmap.mmap, info: zipfile.ZipInfo, offset: int) -> None:
    """Hold the bytes of an uncompressed member against their CRC-32: one pass over them.

    Raises:
        zipfile.BadZipFile: They do not fit it.
    """
    with memoryview(mapped) as view, view[offset : offset + info.file_size] as part:
        crc = zlib.crc32(part)
    if crc != info.CRC or info.compress_size != info.file_size:
        raise zipfile.BadZipFile(
            f"{info.filename} has the checksum {crc:08x}, the directory says {info.CRC:08x}"
        )


def check_members(path: Path, *, largest: int | None = None) -> bool:
    """Hold the members of a zip against their checksums.

    Args:
        path: A zip, for example torch's.
        largest: Bytes; members that are larger, pickles apart, are left out. None for no limit.

    Returns:
        Whether there are checksums: torch writes zeros if it is told to leave them out.

    Raises:
        FormatError: Names the file and what is damaged.
    """
    try:
        with (
            Path(path).open("rb") as file,
            zipfile.ZipFile(file) as archive,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        ):
            members = archive.infolist()
            check_directory(mapped, members)
            offsets = [data_offset(mapped, info) for info in members]
            if not any(info.CRC for info in members):
                return False
            for info, offset in zip(members, offsets, strict=True):
                if largest is None or info.file_size <= largest or info.filename.endswith(".pkl"):
                    _check_member(archive, mapped, info, offset)
    except (
        zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError,
        RuntimeError,
    ) as error:  # fmt: skip
        raise FormatError(
            f"{path}: damaged ({error}); expected a file as it was written: copy or pull it again, "
            "or write it again"
        ) from error
    return True


def _check_member(
    archive: zipfile.ZipFile, mapped: mmap.mmap, info: zipfile.ZipInfo, offset: int
) -> None:
    if info.compress_type == zipfile.ZIP_STORED:
        check_stored(mapped, info, offset)
        return
    found = 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            found += len(chunk)
    if found != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename} unpacks to {found} of {info.file_size} bytes")

"""What a zip's directory says, held against its end record and against its members' own headers."""

import mmap
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from motionlib.containers.bounds import FREE_BYTES, MAX_DIRECTORY_BYTES, MAX_INFLATION
from motionlib.errors import FormatError

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_LOCAL_HEADER = struct.Struct("<4s2xHH4xLLLHH")
_SIZES_FOLLOW, _UTF8 = 0x08, 0x800
"""Flags of a member."""
_END = struct.Struct("<4s6xHLLH")
_END_64 = struct.Struct("<4s36xQ8x")
_LOCATOR_64 = struct.Struct("<4s4xQ4x")
_TAIL_BYTES = (1 << 16) + _END.size + _LOCATOR_64.size + _END_64.size
_UNKNOWN, _UNCOUNTED = 0xFFFFFFFF, 0xFFFF
"""Values that stand where a number is too large for its place."""


def checked_directory_count(content: mmap.mmap, path: Path) -> int | None:
    """Hold the directory's length against its bound before Python makes an object of each line.

    Returns:
        How many members it announces; None if it does not say.

    Raises:
        zipfile.BadZipFile: There is no end record.
        FormatError: The directory is too long.
    """
    place = content.rfind(ZIP_STARTS[1], max(0, len(content) - _TAIL_BYTES))
    if place < 0 or place + _END.size > len(content):
        raise zipfile.BadZipFile("no directory at its end")
    count, size = _END.unpack_from(content, place)[1:3]
    locator = place - _LOCATOR_64.size
    if locator >= 0 and content[locator : locator + 4] == b"PK\x06\x07":
        record = locator - _END_64.size
        if size == _UNKNOWN and record >= 0 and content[record : record + 4] == b"PK\x06\x06":
            size = _END_64.unpack_from(content, record)[1]
    if size > MAX_DIRECTORY_BYTES:
        raise FormatError(
            f"{path}: its directory has {size} bytes, expected at most {MAX_DIRECTORY_BYTES}; a "
            "file of motion has a few members"
        )
    return None if count == _UNCOUNTED else count


def check_members_fit(
    infos: Sequence[zipfile.ZipInfo], count: int | None, content: mmap.mmap, path: Path
) -> None:
    """Refuse a directory that contradicts the file, or claims more than the file can hold.

    Args:
        infos: As `zipfile` read them; it does not count, and passes over members in silence where
            a length is damaged.
        count: As `checked_directory_count` says.
        content: Of the file.
        path: For messages.

    Raises:
        FormatError: Members are missing, or not where or what the directory says, or their sizes
            add up to too much.
    """
    if count not in {len(infos), None}:
        raise FormatError(
            f"{path}: its directory has {len(infos)} members and announces {count}; the file is "
            "truncated or damaged: fetch it again"
        )
    available = len(content)
    packed = sum(info.compress_size for info in infos)
    if packed > available:
        raise FormatError(
            f"{path}: its {len(infos)} members add up to {packed} bytes, the file has {available}: "
            "they lie over each other; fetch it again"
        )
    unpacked = sum(info.file_size for info in infos)
    if unpacked > max(FREE_BYTES, MAX_INFLATION * available):
        raise FormatError(
            f"{path}: {available} bytes claim to unpack to {unpacked}, expected at most "
            f"{MAX_INFLATION} for each: damaged or made to fill the memory"
        )
    try:
        for info in infos:
            data_offset(content, info)
    except (zipfile.BadZipFile, struct.error, UnicodeDecodeError) as error:
        raise FormatError(
            f"{path}: {error}; the file is truncated or damaged: fetch it again"
        ) from error


def data_offset(content: mmap.mmap, info: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin; its own header has to agree with the directory.

    Raises:
        zipfile.BadZipFile: It does not.
        struct.error: The file ends before it.
    """
    start, flags, method, crc, packed, size, name, extra = _LOCAL_HEADER.unpack_from(
        content, info.header_offset
    )
    place = info.header_offset + _LOCAL_HEADER.size
    encoding = "utf-8" if info.flag_bits & _UTF8 else "cp437"
    stated = content[place : place + name].decode(encoding)
    same = (start, stated, method) == (ZIP_STARTS[0], info.orig_filename, info.compress_type)
    if not flags & _SIZES_FOLLOW:
        same = same and crc == info.CRC and packed in {info.compress_size, _UNKNOWN}
        same = same and size in {info.file_size, _UNKNOWN}
    offset = place + name + extra
    if not same or offset + info.compress_size > len(content):
        raise zipfile.BadZipFile("a member is not where, or what, the directory says")
    return offset

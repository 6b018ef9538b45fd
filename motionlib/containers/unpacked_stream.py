"""Content that a program packed as one zlib or gzip stream, as joblib does, within bounds."""

import zlib

from motionlib.containers.bounds import (
    FREE_BYTES,
    MAX_INFLATION,
    MAX_UNPACKED_BYTES,
    check_unpacked,
)
from motionlib.errors import FormatError

_ZLIB, _GZIP = b"\x78", b"\x1f\x8b"
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x04\x22\x4d\x18": "lz4", b"\x5d\x00\x00": "lzma"}


def unpacked_stream(content: bytes, origin: str) -> bytes:
    """The content, unpacked if it is packed.

    Args:
        content: Of a whole file.
        origin: What to call it in messages.

    Raises:
        FormatError: Damaged, out of proportion to its size, or packed in another way.
    """
    for start, name in _OTHERS.items():
        if content.startswith(start):
            raise FormatError(
                f"{origin}: packed with {name}, expected zlib, gzip or nothing; unpack it first, or "
                "write it again without compression"
            )
    if not content.startswith((_ZLIB, _GZIP)):
        return content
    most = min(MAX_UNPACKED_BYTES, max(FREE_BYTES, MAX_INFLATION * len(content)))
    try:
        # 32 admits the headers of zlib and of gzip
        machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        unpacked = machine.decompress(content, most)
    except zlib.error as error:
        raise FormatError(f"{origin}: damaged compression ({error}); fetch it again") from error
    if machine.unconsumed_tail:
        check_unpacked(len(content), most + 1, origin)
    if not machine.eof:
        raise FormatError(f"{origin}: its compression has no end; fetch it again")
    return unpacked

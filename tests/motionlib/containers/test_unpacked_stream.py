"""Packed streams."""

import bz2
import gzip
import zlib

import pytest

from motionlib.containers.unpacked_stream import unpacked_stream
from motionlib.errors import FormatError


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress, bytes])
def test_what_is_packed_is_unpacked(pack):
    assert unpacked_stream(pack(b"\x80\x04numbers"), "x") == b"\x80\x04numbers"


def test_damage_other_packers_and_bombs_are_refused():
    for content, message in (
        (zlib.compress(b"numbers" * 100)[:2] + b"\xff" * 9, "x: damaged compression"),
        (zlib.compress(b"numbers" * 100)[:-8], "x: its compression has no end"),
        (bz2.compress(b"numbers"), "packed with bzip2, expected zlib"),
        (zlib.compress(b"\0" * (32 << 20)), "claim to be"),
    ):
        with pytest.raises(FormatError, match=message):
            unpacked_stream(content, "x")

"""Files with one bit changed: none may be read as something else in silence."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from motionlib.errors import MotionError


def flipped(content: bytes, bit: int) -> bytes:
    """The content with one bit changed."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def drawn_bits(content: bytes, count: int, *, seed: int = 0, first: int = 0) -> list[int]:
    """Bits of a file from the byte `first` on."""
    drawn = np.random.default_rng(seed).integers(8 * first, 8 * len(content), size=count)
    return drawn.tolist()


def refused_flips(
    path: Path, read: Callable[[Path], Any], same: Callable[[Any], bool], bits: Iterable[int]
) -> int:
    """Change one bit after the other, and read; the file is put back in the end.

    Args:
        path: A sound file.
        read: Its reader.
        same: Whether what was read is what the sound file holds.
        bits: Which ones.

    Returns:
        How many changes the reader refused, naming the file; the others were read as before.
    """
    content, refused = path.read_bytes(), 0
    for bit in bits:
        path.write_bytes(flipped(content, bit))
        try:
            found = read(path)
        except MotionError as error:
            if path.name not in str(error):
                raise
            refused += 1
        else:
            assert same(found), f"bit {bit} is used"
    path.write_bytes(content)
    return refused

"""What a file may cost its reader: every reader's bounds, each in proportion to the file's size.

A reader asks here before it allocates, so that a small file cannot cost much memory or time,
whatever its headers promise.
"""

import math
import stat
from collections.abc import Sequence
from pathlib import Path

from motionlib.errors import FormatError, KindError
from motionlib.showing import shown

MAX_INFLATION = 100
"""Bytes that a packed byte may become; recordings pack to a third, contact labels to a tenth."""
FREE_BYTES = 8 << 20
"""Bytes that a file may unpack to however well it is packed: who stands still packs well."""
MAX_UNPACKED_BYTES = 1 << 30
"""Bytes of one packed member; what is stored unpacked may be of any length, as it is mapped."""
CHECKED_BYTES = 1 << 20
"""Bytes of mapped numbers up to which they are held against their checksum, which reads them."""
MAX_DIRECTORY_BYTES = 4 << 20
"""Bytes of a zip's directory: some 50,000 members."""
MAX_AXES = 16
"""Axes of an array."""
MAX_HEADER_BYTES = 10_000
"""Bytes of a numpy header; numpy's own bound."""

MAX_PICKLE_BYTES = 512 << 20
MAX_PICKLE_STEPS = 10_000_000
"""Instructions of a pickle; a fraction of a microsecond each."""
MAX_PICKLE_DEPTH = 32
MAX_PICKLE_INT_BYTES = 1024
FREE_PARTS = 100_000
COPIES_A_BYTE = 16
"""Bytes that calls inside of a pickle may copy, and parts that it may have if shared ones are
counted each time, for each byte of it."""

MAX_TEXT_BYTES = 16 << 20
"""Bytes of a yaml, JSON, XML or table of names."""
MAX_YAML_DEPTH = 50
MAX_YAML_EXPANSION = 10
"""Times that a yaml's aliases may make it larger than it is written."""
FREE_YAML_NODES = 10_000
MAX_NUMBER_CHARACTERS = 100
"""Characters of a number in a text; more say nothing, and take time with their square."""

MAX_BVH_BYTES = 2 << 30
MAX_BVH_JOINTS = 1024
"""Joints of a BVH; a body with fingers and face has some 200."""
MAX_NAME_CHARACTERS = 256
"""Characters of a joint's name."""

MAX_BODIES = 2048
"""Bodies of a robot's model."""
MAX_XML_DEPTH = 200
MAX_XML_COPIES = 10_000
"""Things that one element of a robot's model may make, such as repeated bodies."""
MAX_XML_PIXELS = 1 << 24
"""Pixels of a texture or a height field."""

MAX_CSV_CELL_CHARACTERS = 64
MAX_CSV_LINE_CHARACTERS = 1 << 18
MAX_CSV_HEADER_LINES = 64
"""Lines above the numbers: names, units, remarks."""
MAX_TABLE_ROWS = 5_000_000
"""Rows of a Parquet table of names."""


def checked_size(path: Path, most: int = 1 << 60) -> int:
    """Bytes of a regular file.

    Raises:
        FormatError: A folder, a pipe, a device, or a file with more than `most` bytes.
        OSError: It is not there, or links lead in a circle.
    """
    state = Path(path).stat()
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "a pipe, socket or device"
        raise KindError(f"{path}: cannot be read: {kind}, expected a regular file")
    if state.st_size > most:
        raise FormatError(
            f"{path}: {state.st_size} bytes, expected at most {most}; is this the right file?"
        )
    return state.st_size


def read_checked(path: Path, most: int) -> bytes:
    """Content of a regular file of at most `most` bytes.

    Raises:
        FormatError: See `checked_size`; also where more bytes come than it said.
        OSError: It cannot be read.
    """
    checked_size(path, most)
    with Path(path).open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise FormatError(f"{path}: more than {most} bytes; is this the right file?")
    return content


def check_unpacked(packed: int, unpacked: int, where: str) -> None:
    """Refuse what would become much larger than it is.

    Args:
        packed: Bytes in the file.
        unpacked: Bytes that they claim to become.
        where: File and member, for the message.

    Raises:
        FormatError: More than 100 for each byte (8 MB are free), or more than 1 GB.
    """
    most = min(MAX_UNPACKED_BYTES, max(FREE_BYTES, MAX_INFLATION * packed))
    if unpacked > most:
        raise FormatError(
            f"{where}: {packed} packed bytes claim to be {shown(unpacked)}, expected at most {most}: "
            "damaged or made to fill the memory; store long recordings unpacked"
        )


def checked_shape(shape: object, where: str) -> tuple[int, ...]:
    """A shape that an array can have, whatever is in it.

    Raises:
        FormatError: Too many axes, or one that is no count.
    """
    axes = tuple(shape) if isinstance(shape, tuple | list) else ()
    whole = all(type(size) is int and 0 <= size < 1 << 60 for size in axes)
    if not whole or len(axes) > MAX_AXES or not isinstance(shape, tuple | list):
        raise FormatError(f"{where}: shape {shown(shape)}, expected at most {MAX_AXES} counts")
    return axes


def check_numbers(shape: Sequence[int], itemsize: int, available: int, where: str) -> None:
    """Hold an array's size against the bytes that there are for it.

    Raises:
        FormatError: It needs more.
    """
    needed = math.prod(shape) * itemsize
    if needed > available:
        raise FormatError(
            f"{where}: shape {shown(tuple(shape))} needs {needed} bytes, the file has {available} "
            "for it; it is truncated, damaged or made to fill the memory: fetch it again"
        )

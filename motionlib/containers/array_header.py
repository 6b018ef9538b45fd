"""Header of a numpy array (`.npy`) from its bytes, fast and without evaluating anything."""

import ast
import re
from dataclasses import dataclass

import numpy as np

from motionlib.containers.bounds import MAX_HEADER_BYTES, checked_shape
from motionlib.errors import FormatError, KindError
from motionlib.showing import shown_error

MAGIC = b"\x93NUMPY"

# what numpy writes; other spellings go through the slower literal parser
_USUAL = re.compile(
    r"\{'descr': '([^']{1,12})', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayHeader:
    """What a member says of itself before its numbers."""

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    data_start: int
    """Bytes of the member that come before the numbers."""


def parse_header(head: bytes, origin: str) -> ArrayHeader:
    """Read a header.

    Args:
        head: First bytes of the array's file, `MAX_HEADER_BYTES` and 12 of them or all.
        origin: What to call the array in messages.

    Raises:
        FormatError: No header of versions 1 to 3, or one that describes no array.
    """
    if head[:6] != MAGIC or len(head) < 12 or head[6] not in {1, 2, 3}:
        raise KindError(f"{origin} is no numpy array: begins with {head[:8]!r}")
    start = 10 if head[6] == 1 else 12
    size = int.from_bytes(head[8:start], "little")
    if size > MAX_HEADER_BYTES:
        raise FormatError(
            f"{origin} has a header of {size} bytes; at most {MAX_HEADER_BYTES} are read"
        )
    where = f"{origin} has a header that is no array's"
    text = head[start : start + size].decode("latin1")
    usual = _USUAL.fullmatch(text)
    try:
        if usual:
            descr, fortran, sizes = usual.groups()
            shape = tuple(int(part) for part in sizes.split(",") if part.strip())
            return ArrayHeader(
                shape=checked_shape(shape, where),
                dtype=_sized(np.dtype(descr)),
                fortran=fortran == "True",
                data_start=start + size,
            )
        fields = ast.literal_eval(text)
        return ArrayHeader(
            shape=checked_shape(fields["shape"], where),
            dtype=_sized(np.lib.format.descr_to_dtype(fields["descr"])),
            fortran=bool(fields["fortran_order"]),
            data_start=start + size,
        )
    except FormatError:
        raise
    except Exception as error:
        # numpy's and Python's parsers of this text raise whatever they like
        raise FormatError(f"{where} ({shown_error(error)}): {text[:60]!r}") from error


def _sized(dtype: np.dtype) -> np.dtype:
    if dtype.itemsize < 1:
        raise ValueError(f"items of type {dtype} have no bytes")
    return dtype

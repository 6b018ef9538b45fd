import io

import numpy as np
import pytest

from motionlib.containers.array_header import MAGIC, parse_header
from motionlib.errors import FormatError


def _saved(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version, allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 156)),
        np.zeros(5, dtype=">f4"),
        np.array(1.0),
        np.asfortranarray(np.zeros((3, 4))),
        np.array("text"),
        np.array([None]),
        np.zeros(2, dtype=[("a", "f4")]),
    ],
)
def test_it_reads_what_numpy_writes(array: np.ndarray, version: tuple[int, int]) -> None:
    raw = _saved(array, version)
    header = parse_header(raw, "x")
    assert header.shape == array.shape
    assert header.dtype == array.dtype
    assert header.fortran == (array.flags.f_contiguous and not array.flags.c_contiguous)
    if not header.dtype.hasobject:
        assert raw[header.data_start :] == array.tobytes("F" if header.fortran else "C")


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '<f8', 'fortran_order': False}",
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 'x', }",
        "__import__('os').abort()",
        "[[[[[[",
    ],
)
def test_a_header_of_no_array_is_quoted(text: str) -> None:
    raw = MAGIC + bytes([1, 0]) + len(text).to_bytes(2, "little") + text.encode()
    with pytest.raises(FormatError, match="x has a header that is no array's"):
        parse_header(raw, "x")


@pytest.mark.parametrize("raw", [b"", MAGIC, b"\x00" * 50, MAGIC + b"\x09\x00" + b" " * 50])
def test_what_is_no_header_says_how_it_begins(raw: bytes) -> None:
    with pytest.raises(FormatError, match="no numpy array"):
        parse_header(raw, "x")


def test_a_header_that_stops_early_is_refused() -> None:
    with pytest.raises(FormatError, match="x"):
        parse_header(_saved(np.zeros(3))[:40], "x")

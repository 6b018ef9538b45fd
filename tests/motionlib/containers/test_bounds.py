"""Bounds follow from the size of the file."""

import os

import pytest

from motionlib.containers.bounds import (
    FREE_BYTES,
    MAX_INFLATION,
    MAX_UNPACKED_BYTES,
    check_numbers,
    check_unpacked,
    checked_shape,
    checked_size,
    read_checked,
)
from motionlib.errors import FormatError, KindError


def test_a_member_unpacks_to_a_hundred_times_its_size() -> None:
    packed = 1_000_000
    check_unpacked(packed, MAX_INFLATION * packed, "x")
    with pytest.raises(FormatError, match=r"x: 1000000 packed bytes claim to be 100000001"):
        check_unpacked(packed, MAX_INFLATION * packed + 1, "x")


def test_little_is_free_and_much_is_refused_however_it_is_packed() -> None:
    check_unpacked(1, FREE_BYTES, "x")
    with pytest.raises(FormatError):
        check_unpacked(1, FREE_BYTES + 1, "x")
    with pytest.raises(FormatError, match="store long recordings unpacked"):
        check_unpacked(MAX_UNPACKED_BYTES, MAX_UNPACKED_BYTES + 1, "x")


@pytest.mark.parametrize(
    "shape", [(-1,), (1.0,), (True,), (1 << 60,), (1,) * 17, "ab", None, 3, ((1,),)]
)
def test_a_shape_is_a_few_counts(shape) -> None:
    with pytest.raises(FormatError, match="shape"):
        checked_shape(shape, "x")


def test_a_shape_may_be_empty_or_have_empty_axes() -> None:
    assert checked_shape((), "x") == ()
    assert checked_shape([0, 5], "x") == (0, 5)


def test_numbers_are_held_against_the_bytes_there_are() -> None:
    check_numbers((2, 3), 4, 24, "x")
    with pytest.raises(FormatError, match="needs 24 bytes, the file has 23"):
        check_numbers((2, 3), 4, 23, "x")
    check_numbers((0, 1 << 50), 4, 0, "x")


def test_only_regular_files_of_a_sensible_size_are_read(tmp_path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert checked_size(path) == 5
    assert read_checked(path, 5) == b"12345"
    with pytest.raises(FormatError, match="5 bytes, expected at most 4"):
        read_checked(path, 4)
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("pipe", "a pipe, socket or device"), (".", "a folder")):
        with pytest.raises(KindError, match=f"cannot be read: {kind}"):
            checked_size(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        checked_size(tmp_path / "gone")

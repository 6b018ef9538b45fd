"""A value in a message is short and costs little, whatever it is."""

import resource

import numpy as np
import pytest
import torch

from motionlib.errors import MAX_MESSAGE, FormatError, nearest_names
from motionlib.showing import (
    MAX_REASON,
    MAX_SHOWN,
    counted,
    cut,
    listed,
    shown,
    shown_error,
    type_name,
)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -2.5, "it's", b"\0", [1, [2]], (1,), (), {"a": (1, 2)}, {}, [], {3}],
)
def test_a_short_value_stands_as_python_writes_it(value) -> None:
    assert shown(value) == repr(value)


def test_numbers_of_numpy_stand_as_numbers_and_arrays_as_their_kind() -> None:
    assert shown(np.float64(1.5)) == "1.5"
    assert shown(np.array(2)) == "2"
    assert shown(np.zeros((2, 3), np.float32)) == "an array of shape (2, 3), type 32-bit float"


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        (np.dtype("<U26"), "text"),
        (np.dtype("S3"), "text"),
        ("str", "text"),
        (np.dtype(np.float32), "32-bit float"),
        (torch.float64, "64-bit float"),
        (torch.bfloat16, "16-bit short float"),
        (np.dtype(np.int64), "64-bit whole number"),
        (np.dtype(np.uint8), "8-bit whole number without sign"),
        (torch.bool, "true or false"),
        (np.dtype(object), "Python objects"),
        ("OrderedDict", "map"),
        ("ndarray", "ndarray"),
    ],
)
def test_types_of_numbers_have_names_for_people(dtype: object, said: str) -> None:
    assert type_name(dtype) == said


def test_one_thing_is_not_many() -> None:
    assert [counted(n, "clip") for n in range(3)] == ["0 clips", "1 clip", "2 clips"]
    assert counted(1, "body", "bodies") == "1 body"
    assert counted(2, "body", "bodies") == "2 bodies"


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000_000,
        b"x" * 10_000_000,
        10**1_000_000,
        list(range(1_000_000)),
        {number: "x" * 100 for number in range(1000)},
        np.zeros(1_000_000),
        np.array(["x" * 1_000_000]),
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_large_value_is_cut(value) -> None:
    assert len(shown(value)) <= MAX_SHOWN
    assert len(shown([value, {"a": value}])) <= MAX_SHOWN


def test_a_value_that_refers_to_its_parts_a_million_times_is_cut_before_it_is_written() -> None:
    value: list = ["x"] * 10
    for _ in range(100):
        value = [value] * 10
    value.append(value)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(shown(value)) <= MAX_SHOWN
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000


def test_an_error_is_one_short_line() -> None:
    assert shown_error(ValueError("one\n  two")) == "one two"
    assert shown_error(MemoryError()) == "MemoryError"
    assert len(shown_error(ValueError("x" * 1_000_000))) <= MAX_REASON

    class Mute(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise RuntimeError

    assert shown_error(Mute()) == "Mute"


def test_many_names_are_counted() -> None:
    assert listed(["b", "a"]) == "b, a"
    assert listed(map(str, range(100)), most=2) == "0, 1, ... (100 in all)"
    assert len(listed(["x" * 1_000_000])) <= MAX_SHOWN


def test_cut_keeps_what_fits() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abc..."


def test_no_message_is_endless() -> None:
    assert len(str(FormatError("x" * 1_000_000))) <= MAX_MESSAGE
    assert len(nearest_names("x" * 1_000_000, ["y" * 1_000_000] * 100)) < 2000

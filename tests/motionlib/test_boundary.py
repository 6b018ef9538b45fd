"""What is said of one item of many that went wrong."""

import logging
import sqlite3

import pytest

from motionlib.boundary import reason_of, system_reason
from motionlib.errors import FormatError


def test_what_a_reader_refuses_speaks_for_itself(caplog) -> None:
    assert reason_of(FormatError("a.npz: no zip"), "a") == "a.npz: no zip"
    assert caplog.text == ""


def test_an_error_of_the_system_is_told_in_its_words() -> None:
    error = OSError(5, "Input/output error")
    assert reason_of(error, "a") == "cannot be read: Input/output error"
    assert reason_of(error, "a", where="x/a") == "x/a: cannot be read: Input/output error"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "unexpected MemoryError"),
        (OverflowError("int too large"), "unexpected OverflowError: int too large"),
        (ValueError("two\nlines"), "unexpected ValueError: two lines"),
    ],
)
def test_anything_else_is_unexpected_and_logged(caplog, error, reason) -> None:
    with caplog.at_level(logging.ERROR):
        assert reason_of(error, "CMU/a") == reason
    assert "CMU/a" in caplog.text
    assert caplog.records[0].exc_info is not None


def test_errors_of_the_system_are_found_under_what_wraps_them(motion_home) -> None:
    def wrapped(inner: Exception) -> Exception:
        try:
            raise RuntimeError("a step failed") from inner
        except RuntimeError as error:
            return error

    full = OSError(28, "No space left on device", "/a/file")
    assert system_reason(wrapped(full)) == "/a/file: No space left on device"
    said = system_reason(wrapped(sqlite3.OperationalError("database or disk is full")))
    assert said == f"{motion_home}: database or disk is full; is its disk full or read-only?"
    assert system_reason(wrapped(ValueError("a bug"))) == ""

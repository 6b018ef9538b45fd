"""Rates from times."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.formats.frame_times import check_counted, fps_from_times

HERE = Path("x.csv")


@pytest.mark.parametrize(
    ("fps", "scale", "digits", "unit"),
    [(30.0, 1.0, 3, "s"), (29.97, 1.0, 6, "s"), (120.0, 1e3, 1, "ms"), (50.0, 1e9, 0, "ns")],
)
def test_rate_and_unit_of_rounded_times(fps, scale, digits, unit):
    times = np.round(1e4 + np.arange(200) / fps * scale, digits)
    assert fps_from_times(times, HERE, in_seconds=False) == (pytest.approx(fps, rel=1e-6), unit)


def test_uneven_times_are_refused():
    times = np.arange(20) / 30.0
    for bad, message in (
        (np.delete(times, slice(5, 12)), "off an even rate"),
        (times[::-1], "do not rise"),
        (times * 1e-6, "write the unit"),
    ):
        with pytest.raises(FormatError, match=message):
            fps_from_times(bad, HERE, in_seconds=True)


def test_gaps_in_frame_numbers_are_refused():
    check_counted(np.arange(0.0, 40.0, 4.0), HERE)
    with pytest.raises(FormatError, match="from 2 to 5 in row 3, by 1 before"):
        check_counted(np.array([0.0, 1.0, 2.0, 5.0]), HERE)

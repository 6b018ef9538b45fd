import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.formats.polynomial_entry import (
    coefficient_table,
    frame_offsets,
    positive_number,
)


def test_lists_and_arrays_become_one_table():
    entry = {"coefficients": {"dim_0": [1, 2.0], "dim_1": np.array([3, 4]), "dim_2": (5.0, 6.0)}}
    np.testing.assert_array_equal(coefficient_table(entry, 3), [[1, 2], [3, 4], [5, 6]])


def test_dimensions_are_ordered_by_number_not_by_place():
    entry = {"coefficients": {f"dim_{i}": [float(i)] for i in reversed(range(11))}}
    np.testing.assert_array_equal(coefficient_table(entry, 11)[:, 0], np.arange(11))


def test_two_axes_are_refused():
    with pytest.raises(FormatError, match="dim_0 has shape"):
        coefficient_table({"coefficients": {"dim_0": np.zeros((2, 2))}}, 1)


def test_numbers_of_any_kind_are_positive_numbers():
    for value in (2, 2.0, np.float32(2.0), np.int64(2), np.array(2.0)):
        assert positive_number({"fps": value}, "fps", 10.0) == 2.0
    with pytest.raises(FormatError, match=r"'fps' is -1.*\(0, 10\]"):
        positive_number({"fps": -1}, "fps", 10.0)


def test_offsets_of_the_recorded_frame():
    offsets = frame_offsets(16)
    # as in the Open Duck's file
    assert offsets["joints_pos"] == 7
    assert offsets["world_linear_vel"] == 29
    assert offsets["foot_contacts"] == 57

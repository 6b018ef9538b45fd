"""The table of fields, and that what it refuses is named."""

import pytest
import torch

from motionlib.errors import MotionError
from motionlib.motion import STATE_FIELDS
from motionlib.schema import FIELDS, check_field


def test_every_state_field_is_described() -> None:
    assert set(STATE_FIELDS) <= set(FIELDS)


def test_quaternions_are_the_unit_fields() -> None:
    assert {name for name, field in FIELDS.items() if field.unit_norm} == {
        "root_quat_wxyz",
        "body_quat_wxyz",
    }


def test_a_good_field_passes() -> None:
    check_field("body_pos", torch.zeros(3, 2, 3), {"T": 3, "B": 2}, where="clip")


def test_axes_are_named_in_the_message() -> None:
    with pytest.raises(MotionError, match=r"clip: body_pos has shape .* expected \(T B 3\)"):
        check_field("body_pos", torch.zeros(3, 2, 4), {"T": 3, "B": 2}, where="clip")


def test_contact_must_be_bool() -> None:
    with pytest.raises(MotionError, match=r"expected true or false"):
        check_field("body_contact", torch.zeros(3, 2), {"T": 3, "B": 2}, where="clip")

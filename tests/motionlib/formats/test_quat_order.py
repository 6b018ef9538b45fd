"""Orders of quaternion columns; clips in whole are in test_csv."""

import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.quat_order import ordered_quats, unit_quats
from motionlib.rotations import quat_from_euler_xyz, xyzw_from_wxyz

POS = torch.zeros(5, 3)


def test_order_is_that_in_which_the_robot_stands():
    zero = torch.zeros(5)
    wxyz = quat_from_euler_xyz(zero + 0.2, zero, zero + 1.5)
    for stored, order in ((wxyz, "wxyz"), (xyzw_from_wxyz(wxyz), "xyzw")):
        found, said = ordered_quats(POS, stored, None, "x")
        assert torch.equal(found, wxyz)
        assert said.startswith(f"quaternion columns {order} (upright")
    with pytest.raises(ValueError, match="choices: wxyz, xyzw"):
        ordered_quats(POS, wxyz, "zyxw", "x")


def test_norms_are_checked_and_rounding_is_mended():
    quats = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.999, 0.0, 0.0, 0.0]])
    assert unit_quats(quats, "x", "mend it").norm(dim=1).tolist() == [1.0, 1.0]
    with pytest.raises(FormatError, match=r"x of frame 1 have norm 2, .*mend it"):
        unit_quats(quats * torch.tensor([[1.0], [2.0 / 0.999]]), "x", "mend it")

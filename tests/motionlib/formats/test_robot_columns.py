"""Columns of a table found by their names."""

from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.formats.robot_columns import named_columns, positional_columns

HERE = Path("x.csv")
POS = ["x", "y", "z"]
QUAT = ["qx", "qy", "qz", "qw"]


def test_columns_without_names_follow_the_robots_order(microduck):
    columns = positional_columns(microduck)
    assert (columns.pos, columns.rotation_columns) == ((0, 1, 2), (3, 4, 5, 6))
    assert columns.dofs == tuple(range(7, 7 + microduck.num_dofs))
    shifted = positional_columns(microduck, counter="time")
    assert (shifted.time, shifted.frame, shifted.pos) == (0, None, (1, 2, 3))


def test_named_quaternions_are_put_into_wxyz(microduck):
    names = [*POS, *QUAT, *reversed(microduck.dof_names)]
    columns = named_columns(names, microduck, HERE)
    assert columns.rotation == "wxyz"
    assert columns.rotation_columns == (6, 3, 4, 5)
    assert columns.dofs == tuple(reversed(range(7, len(names))))
    numbered = [*POS, "rot_0", "rot_1", "rot_2", "rot_3", *microduck.dof_names]
    assert named_columns(numbered, microduck, HERE).rotation == "open"


def test_units_become_factors(microduck):
    names = ["time_ms", *(f"{each}_cm" for each in POS), *QUAT]
    names += [f"{each} [deg]" for each in microduck.dof_names]
    columns = named_columns(names, microduck, HERE)
    assert columns.scales[0] == pytest.approx(1e-3)
    assert columns.scales[1:4] == pytest.approx(0.01)
    assert columns.scales[8:] == pytest.approx(np.pi / 180.0)


def test_other_bodies_positions_are_left_out(microduck):
    names = ["torso_x", "torso_y", "torso_z", *(f"root_{each}" for each in POS), *QUAT]
    columns = named_columns([*names, *microduck.dof_names], microduck, HERE)
    assert columns.pos == (3, 4, 5)
    assert columns.left_out == ("torso_x", "torso_y", "torso_z")


@pytest.mark.parametrize(("pattern", "first"), [("dof_pos[{}]", 0), ("joint_{}", 1)])
def test_joints_that_are_only_numbered_follow_the_robots_order(microduck, pattern, first):
    names = [pattern.format(at + first) for at in reversed(range(14))]
    assert named_columns([*POS, *QUAT, *names], microduck, HERE).dofs == tuple(range(20, 6, -1))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda names: [each.replace("left_knee", "left_nee") for each in names],
         "no column for 1 of the 14 joints of microduck: left_knee .nearest: left_nee"),
        (lambda names: [*names[:-1], "R_Ankle_Pos", "RightAnkle"], "one joint twice: R_Ankle_Pos, Ri"),
        (lambda names: names[1:], "has y, z for the root's position"),
        (lambda names: names[3:], "names no position of the root"),
        (lambda names: ["x (inch)", *names[1:]], "'inch', which is no unit known"),
        (lambda names: [*names, "time", "t"], "several columns of time"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(microduck, edit, message):
    with pytest.raises(FormatError, match=message):
        named_columns(edit([*POS, *QUAT, *microduck.dof_names]), microduck, HERE)

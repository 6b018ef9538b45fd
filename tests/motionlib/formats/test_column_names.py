"""What a column's name says by itself."""

import pytest

from motionlib.formats.column_names import UNITS, column_name, joint_key


@pytest.mark.parametrize(
    ("text", "quantity", "axis", "unit"),
    [
        ("root_translateX", "pos", 0, ""),
        ("root_x (cm)", "pos", 0, "cm"),
        ("base_pos_z_m", "pos", 2, "m"),
        ("tx", "pos", 0, ""),
        ("pose.position.y", "pos", 1, ""),
        ("pose.orientation.w", "quat", 3, ""),
        ("root_rot_w", "quat", 3, ""),
        ("qx", "quat", 0, ""),
        ("root_quat[3]", "quat", 3, ""),
        ("root_pos[1]", "pos", 1, ""),
        ("root_rotateZ", "euler", 2, ""),
        ("pelvis_roll_deg", "euler", 0, "deg"),
        ("rotvec_y", "rotvec", 1, ""),
        ("Frame", "frame", -1, ""),
        ("Unnamed: 0", "frame", -1, ""),
        ("Time [s]", "time", -1, "s"),
        ("timestamp_ns", "time", -1, "ns"),
        ("fps", "fps", -1, ""),
        ("root_vel_x", "other", -1, ""),
        ("left_foot_pos_x", "other", -1, ""),
    ],
)
def test_quantity_axis_and_unit(text, quantity, axis, unit):
    name = column_name(text)
    assert (name.quantity, name.axis, name.unit) == (quantity, axis, unit)


def test_spellings_of_one_joint_share_a_key():
    spellings = ("left_knee_joint", "LeftKnee", "L_Knee", "dof_left_knee_joint", "left_knee_pos")
    assert {joint_key(each) for each in spellings} == {"leftknee"}
    assert {column_name(f"{each} (deg)").joint_key for each in spellings} == {"leftknee"}
    assert column_name("left_knee_joint_vel").joint_key != "leftknee"


def test_strange_units_are_told():
    assert column_name("root_x (inch)").strange_unit == "inch"
    assert column_name("root_x (cm)").strange_unit == ""
    assert UNITS["degrees"] == pytest.approx(3.141592653589793 / 180.0)

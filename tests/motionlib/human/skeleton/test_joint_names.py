"""Joints are found by name, whatever an exporter put before and into it."""

import pytest

from motionlib.human.skeleton.joint_names import JointNames


@pytest.mark.parametrize(
    "names",
    [
        ("Hips", "LeftLeg", "Head"),
        ("mixamorig:Hips", "mixamorig:LeftLeg", "mixamorig:Head"),
        ("Armature", "mixamorig:Hips", "mixamorig:LeftLeg", "mixamorig:Head"),
        ("mixamorigHips", "mixamorigLeftLeg", "mixamorigHead"),
        ("Armature", "mixamorigHips", "mixamorigLeftLeg", "mixamorigHead"),
        ("a_Hips", "a_LeftLeg", "a_Head"),
        ("hips", "left leg", "HEAD"),
        ("hips", "Left_Leg", "head"),
    ],
)
def test_a_joint_is_found_under_its_own_name(names):
    known = JointNames(names)
    assert [known.find(joint) for joint in ("Hips", "LeftLeg", "Head")] == list(names[-3:])
    assert known.find("RightLeg") is None


def test_a_side_is_no_prefix_and_a_plain_name_comes_first():
    names = ("Pelvis", "L_Hip", "L_Knee", "R_Hip", "R_Knee", "hip", "Hip")
    known = JointNames(names)
    assert [known.find(name) for name in names] == list(names)
    assert JointNames(()).find("Hips") is None

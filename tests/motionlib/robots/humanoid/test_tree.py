"""The trees as ProtoMotions and the body models state them."""

import pytest

from motionlib.robots.humanoid.tree import (
    humanoid_parents,
    humanoid_tree,
    joint_names,
    joint_parents,
)

SMPL_PARENTS = (
    -1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 12, 11, 14, 15, 16, 17, 11, 19, 20, 21, 22,
)  # fmt: skip
MJCF_TO_SMPL = (
    0, 1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12, 15, 13, 16, 18, 20, 22, 14, 17, 19, 21, 23,
)  # fmt: skip


def test_smpl_has_protomotions_bodies_in_its_order() -> None:
    names = list(humanoid_tree("smpl"))
    assert humanoid_parents("smpl") == SMPL_PARENTS
    assert [joint_names(24).index(name) for name in names] == list(MJCF_TO_SMPL)


def test_smplx_has_its_hands_behind_each_wrist() -> None:
    names = list(humanoid_tree("smplx"))
    assert names[:18] == list(humanoid_tree("smpl"))[:18]
    assert names[18:22] == ["L_Index1", "L_Index2", "L_Index3", "L_Middle1"]
    assert names[30:37] == [
        "L_Thumb1", "L_Thumb2", "L_Thumb3", "R_Thorax", "R_Shoulder", "R_Elbow", "R_Wrist",
    ]  # fmt: skip
    assert names[51] == "R_Thumb3"
    assert humanoid_parents("smplx")[33] == 11


@pytest.mark.parametrize("joints", [24, 52, 55])
def test_a_models_joints_have_the_trees_parents(joints: int) -> None:
    names, parents = joint_names(joints), joint_parents(joints)
    assert len(names) == len(set(names)) == joints
    tree = humanoid_tree("smplx") | humanoid_tree("smpl")
    for name, parent in zip(names[1:], parents[1:], strict=True):
        assert tree.get(name, "Head") == names[parent]

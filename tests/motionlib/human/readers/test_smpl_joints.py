import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.human.readers.smpl_joints import (
    BODY_JOINTS,
    HAND_JOINTS,
    ROOT_POST_QUAT_WXYZ,
    SMPL_HANDS,
    SMPLH_JOINTS,
    SMPLX_JOINTS,
    columns_of,
)

SMPL_BODIES = (
    *("Pelvis", "L_Hip", "L_Knee", "L_Ankle", "L_Toe", "R_Hip", "R_Knee", "R_Ankle", "R_Toe"),
    *("Torso", "Spine", "Chest", "Neck", "Head"),
    *("L_Thorax", "L_Shoulder", "L_Elbow", "L_Wrist", "L_Hand"),
    *("R_Thorax", "R_Shoulder", "R_Elbow", "R_Wrist", "R_Hand"),
)
# ProtoMotions' table: SMPL's index of each body of its humanoid
PROTOMOTIONS = [0, 1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12, 15, 13, 16, 18, 20, 22, 14, 17, 19, 21, 23]  # fmt: skip


def test_the_order_is_that_of_protomotions() -> None:
    joints = (*BODY_JOINTS, *SMPL_HANDS)
    columns = columns_of(SMPL_BODIES, joints)
    assert (columns.min(axis=1) // 3).tolist() == PROTOMOTIONS


def test_the_root_keeps_its_axes_and_the_others_turn() -> None:
    columns = columns_of(SMPL_BODIES, SMPLH_JOINTS)
    assert columns[0].tolist() == [0, 1, 2]
    assert columns[1].tolist() == [5, 3, 4]


def test_bodies_without_a_joint_have_no_columns() -> None:
    columns = columns_of(SMPL_BODIES, SMPLH_JOINTS)
    lacking = [name for name, row in zip(SMPL_BODIES, columns, strict=True) if (row < 0).all()]
    assert lacking == list(SMPL_HANDS)


def test_fingers_lie_after_the_body_and_after_jaw_and_eyes() -> None:
    bodies = ["Pelvis", "L_Index1", "R_Thumb3"]
    assert columns_of(bodies, SMPLH_JOINTS).min(axis=1).tolist() == [0, 66, 153]
    assert columns_of(bodies, SMPLX_JOINTS).min(axis=1).tolist() == [0, 75, 162]
    assert HAND_JOINTS[3] == "L_Middle1"


def test_the_root_quaternion_is_the_matrix_of_the_axes() -> None:
    from scipy.spatial.transform import Rotation

    w, *xyz = ROOT_POST_QUAT_WXYZ
    matrix = Rotation.from_quat([*xyz, w]).as_matrix()
    np.testing.assert_allclose(matrix, [[0, 1, 0], [0, 0, 1], [1, 0, 0]], atol=1e-12)


def test_a_column_permutation_is_the_change_of_axes() -> None:
    from scipy.spatial.transform import Rotation

    axes = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    rotvec = np.array([0.4, -1.1, 0.7])
    changed = axes.T @ Rotation.from_rotvec(rotvec).as_matrix() @ axes
    columns = columns_of(["Pelvis", "L_Hip"], SMPLH_JOINTS)[1] - 3
    found = Rotation.from_rotvec(rotvec[columns]).as_matrix()
    np.testing.assert_allclose(found, changed, atol=1e-12)


def test_a_foreign_body_is_named_with_the_nearest() -> None:
    with pytest.raises(RobotError, match=r"L_Hipp .*nearest: L_Hip"):
        columns_of(["Pelvis", "L_Hipp"], SMPLH_JOINTS)


def test_another_root_is_refused() -> None:
    with pytest.raises(RobotError, match="expected Pelvis"):
        columns_of(["L_Hip", "Pelvis"], SMPLH_JOINTS)

"""A `.npz` is told by the names of its arrays."""

import pytest

from motionlib.formats.npz_kinds import CONTACTS, RETARGETED, npz_kind


@pytest.mark.parametrize(
    "keys",
    [
        {"poses", "trans", "betas"},
        {"root_orient", "pose_body", "trans"},
        {"global_orient", "body_pose", "transl"},
    ],
)
def test_humans(keys):
    kind = npz_kind(keys)
    assert kind.is_human
    assert not kind.is_robot
    assert "human" in kind.name


@pytest.mark.parametrize(
    "keys",
    [
        {"qpos", "fps"},
        {"root_pos", "root_rot", "dof_pos", "fps"},
        {"trans", "root_quat_wxyz", "joint_angles"},
        {"base_frame_pos", "base_frame_wxyz", "joint_angles"},
    ],
)
def test_robots_are_no_humans(keys):
    kind = npz_kind(keys)
    assert kind.is_robot
    assert not kind.is_human


def test_the_rest():
    assert npz_kind({"foot_contacts", "fps"}).name == CONTACTS
    assert npz_kind({"base_frame_pos", "base_frame_wxyz", "joint_angles"}).name == RETARGETED
    assert npz_kind({"weights", "biases"}) == ("", False, False)

import dataclasses

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError, RobotError
from motionlib.motion import Motion, Provenance
from motionlib.rotations import quat_from_euler_xyz
from retarget.protomotions.keypoints import KEYPOINTS, Keypoints, keypoints_of, motion_of_keypoints
from retarget.tree import world_poses

ORIGIN = Provenance(source="made here")
SPINE = ("Torso", "Spine", "Chest")
FREE = ("Neck", "Head", "L_Thorax", "R_Thorax", "L_Hand", "R_Hand")


@pytest.fixture
def person(smpl) -> Motion:
    """Someone whose spine bends evenly, and whose head, collar bones and fingers do not."""
    t = torch.arange(8, dtype=torch.float64) / 30.0
    dofs = 0.4 * torch.sin(2.0 * t[:, None] + torch.arange(smpl.num_dofs))
    bend = 0.2 * torch.stack((t, torch.sin(3.0 * t), -t), dim=-1)
    for name in (*SPINE, *FREE):
        first = 3 * (smpl.body_names.index(name) - 1)
        dofs[:, first : first + 3] = bend if name in SPINE else 0.0
    return Motion(
        name="person",
        robot=smpl,
        fps=30.0,
        root_pos=torch.stack((t, 0.2 * t, 0.9 + 0.0 * t), dim=-1).float(),
        root_quat_wxyz=quat_from_euler_xyz(0.1 + 0 * t, 0.2 * t, 1.5 * t).float(),
        dof_pos=dofs.float(),
        provenance=ORIGIN,
    )


def test_the_eighteen_are_in_the_order_of_the_files():
    assert len(KEYPOINTS) == 18
    assert KEYPOINTS[:3] == ("pelvis", "left_hip", "right_hip")
    assert KEYPOINTS[7:9] == ("left_foot", "right_foot")
    assert KEYPOINTS[15:] == ("left_hand_aux", "right_hand_aux", "pelvis_aux")


def test_points_lie_where_the_body_frames_put_them(person, smpl):
    found = keypoints_of(person)
    pos, rot = world_poses(smpl, person.root_pos, person.root_quat_wxyz, person.dof_pos)

    def place(body: str, local: tuple[float, float, float]) -> np.ndarray:
        index = smpl.body_names.index(body)
        return pos[:, index] + rot[:, index] @ np.array(local)

    wanted = {
        "right_knee": place("R_Knee", (0, 0, 0)),
        "left_elbow": place("L_Elbow", (0, 0, 0.045)),
        "right_shoulder": place("R_Shoulder", (0.02, 0, 0)),
        "left_ankle": place("L_Ankle", (0.05, 0, 0)),
        "left_foot": place("L_Ankle", (0.2, 0, 0)),
        "right_hand_aux": place("R_Wrist", (0.2, 0, 0)),
        "pelvis_aux": place("Pelvis", (0.2, 0, 0)),
    }
    for name, points in wanted.items():
        np.testing.assert_allclose(
            found.positions[:, KEYPOINTS.index(name)], points, atol=1e-6, err_msg=name
        )
    toe = rot[:, smpl.body_names.index("L_Toe")]
    np.testing.assert_allclose(found.orientations[:, KEYPOINTS.index("left_foot")], toe, atol=1e-6)
    wrist = rot[:, smpl.body_names.index("R_Wrist")]
    np.testing.assert_allclose(
        found.orientations[:, KEYPOINTS.index("right_hand_aux")], wrist, atol=1e-6
    )


def test_labels_are_the_motion_s_own_or_made(person, walk):
    labels = torch.zeros(person.num_frames, 2, dtype=torch.bool)
    labels[3:, 1] = True
    found = keypoints_of(dataclasses.replace(person, foot_contact=labels)).contacts
    np.testing.assert_array_equal(found, np.repeat(labels.numpy()[:, :, None], 2, axis=-1))
    made = keypoints_of(walk).contacts
    assert 0.3 < made.any((1, 2)).mean() <= 1.0
    assert (made[..., 0] != made[..., 1]).any()  # heels leave before toes


def test_a_person_comes_back_from_keypoints(person, smpl):
    keypoints = keypoints_of(person)
    back = motion_of_keypoints(keypoints, smpl, name="back", provenance=ORIGIN)
    torch.testing.assert_close(back.dof_pos, person.dof_pos, atol=2e-4, rtol=0.0)
    again = keypoints_of(back)
    np.testing.assert_allclose(again.positions, keypoints.positions, atol=1e-4)
    assert (back.name, back.fps, back.num_frames) == ("back", 30.0, 8)


def test_any_person_s_limbs_point_as_they_did(walk, smpl):
    keypoints = keypoints_of(walk)
    again = keypoints_of(motion_of_keypoints(keypoints, smpl, name="x", provenance=ORIGIN))
    np.testing.assert_allclose(again.orientations, keypoints.orientations, atol=1e-5)
    assert np.linalg.norm(again.positions - keypoints.positions, axis=-1).max() < 0.03


def test_robots_without_those_bodies_are_refused(make_motion, g1):
    with pytest.raises(RobotError, match=r"g1: lacks .*L_Hip"):
        keypoints_of(make_motion(g1))
    keypoints = Keypoints(
        fps=30.0,
        positions=np.zeros((1, 18, 3)),
        orientations=np.tile(np.eye(3), (1, 18, 1, 1)),
        contacts=np.zeros((1, 2, 2), dtype=bool),
    )
    with pytest.raises(RobotError, match="g1: its dofs are hinges"):
        motion_of_keypoints(keypoints, g1, name="x", provenance=ORIGIN)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"positions": np.zeros((8, 15, 3))}, r"positions has shape \(8, 15, 3\)"),
        ({"positions": np.full((8, 18, 3), np.nan)}, "positions is not finite in frame 0"),
        ({"orientations": np.zeros((8, 18, 3, 3))}, "no rotations in frame 0"),
        (
            {"orientations": np.tile(np.diag([1.0, -1.0, 1.0]), (8, 18, 1, 1))},
            "no rotations in frame 0",
        ),
        ({"fps": 0.0}, "fps is 0"),
    ],
)
def test_numbers_that_are_no_keypoints_are_refused(person, change, words):
    with pytest.raises(MotionError, match=words):
        dataclasses.replace(keypoints_of(person), **change)

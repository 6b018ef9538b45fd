import dataclasses

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError, RobotError
from retarget.protomotions.intermediate import (
    FootLabels,
    foot_labels,
    read_contacts,
    read_keypoints,
    read_retargeted,
    write_contacts,
    write_keypoints,
    write_retargeted,
)
from retarget.protomotions.keypoints import Keypoints, keypoints_of


@pytest.fixture(scope="module")
def keypoints(walk) -> Keypoints:
    return keypoints_of(walk)


def test_keypoints_come_back(keypoints, tmp_path):
    path = tmp_path / "CMU_walk_keypoints.npy"
    write_keypoints(path, keypoints)
    back = read_keypoints(path)
    for name in ("positions", "orientations", "contacts"):
        np.testing.assert_array_equal(getattr(back, name), getattr(keypoints, name))
    assert back.fps == 30.0


def test_the_file_holds_what_their_solver_asks_for(keypoints, tmp_path):
    path = tmp_path / "walk_keypoints.npy"
    write_keypoints(path, keypoints)
    raw = np.load(path, allow_pickle=True).item()
    frames = len(keypoints.positions)
    assert raw["positions"].shape == (frames, 18, 3)
    assert raw["orientations"].shape == (frames, 18, 3, 3)
    assert raw["left_foot_contacts"].shape == raw["right_foot_contacts"].shape == (frames, 2)
    assert raw["left_foot_contacts"].dtype.kind == "i"
    assert set(np.unique(raw["right_foot_contacts"])) <= {0, 1}
    assert raw["fps"] == 30.0


def test_a_file_without_a_rate_is_read_at_thirty(keypoints, tmp_path):
    path = tmp_path / "old.npy"
    write_keypoints(path, dataclasses.replace(keypoints, fps=120.0))
    raw = np.load(path, allow_pickle=True).item()
    del raw["fps"]
    np.save(path, raw)
    assert read_keypoints(path).fps == 30.0


def test_bad_keypoints_name_the_file(keypoints, tmp_path):
    path = tmp_path / "bad.npy"
    write_keypoints(path, keypoints)
    good = np.load(path, allow_pickle=True).item()
    short = {"left_foot_contacts": good["left_foot_contacts"][:-1]}
    for change, words in (
        ({"positions": np.full_like(good["positions"], np.nan)}, "not finite"),
        (short, r"bad\.npy"),
        ({"fps": -1.0}, "fps is -1"),
    ):
        np.save(path, {**good, **change})
        with pytest.raises(FormatError, match=words):
            read_keypoints(path)
    del good["orientations"]
    np.save(path, good)
    with pytest.raises(FormatError, match=r"lacks orientations; found fps"):
        read_keypoints(path)


def test_labels_are_averaged_over_ankle_and_toe_and_five_frames(keypoints):
    contacts = np.zeros((7, 2, 2), dtype=bool)
    contacts[3, 0] = True
    contacts[0, 1, 1] = True
    rows = {name: getattr(keypoints, name)[:7] for name in ("positions", "orientations")}
    found = foot_labels(Keypoints(fps=30.0, contacts=contacts, **rows))
    fifth = 1 / 5
    np.testing.assert_allclose(found.touching[:, 0], [0, 1 / 4, fifth, fifth, fifth, 1 / 4, 0])
    np.testing.assert_allclose(found.touching[:3, 1], [0.5 / 3, 0.5 / 4, 0.5 / 5])


def test_contacts_come_back(tmp_path):
    path = tmp_path / "walk_contacts.npz"
    labels = FootLabels(fps=15.0, touching=np.array([[0.0, 1.0], [0.4, 0.6]]))
    write_contacts(path, labels, source_fps=30.0)
    back = read_contacts(path)
    np.testing.assert_array_equal(back.touching, labels.touching)
    raw = np.load(path)
    assert (back.fps, raw["source_fps"].item(), raw["subsample_factor"].item()) == (15.0, 30.0, 2)
    np.savez(path, foot_contacts=np.array([[2.0, 0.0]]))
    with pytest.raises(FormatError, match="outside of 0 to 1"):
        read_contacts(path)
    np.savez(path, foot_contacts=np.zeros((4, 3)))
    with pytest.raises(FormatError, match=r"shape \(4, 3\), expected \(K, 2\)"):
        read_contacts(path)


def test_a_robot_s_motion_comes_back_with_its_labels(make_motion, g1, tmp_path):
    motion = make_motion(g1, frames=6, name="walk")
    path = tmp_path / "walk_keypoints_retargeted.npz"
    write_retargeted(path, motion)
    touching = np.array([[0.2, 0.8]] * 3 + [[0.6, 0.5]] * 3)
    (tmp_path / "contacts").mkdir()
    write_contacts(
        tmp_path / "contacts" / "walk_keypoints_contacts.npz",
        FootLabels(fps=50.0, touching=touching),
    )
    back = read_retargeted(path, g1, contacts=tmp_path / "contacts")
    assert (back.name, back.fps) == ("walk", 50.0)
    torch.testing.assert_close(back.dof_pos, motion.dof_pos)
    torch.testing.assert_close(back.root_pos, motion.root_pos)
    torch.testing.assert_close(back.root_quat_wxyz, motion.root_quat_wxyz)
    assert back.foot_contact is not None
    assert back.foot_contact.tolist() == [[False, True]] * 3 + [[True, False]] * 3
    assert read_retargeted(path, g1).foot_contact is None


def test_files_of_their_solver_are_read(g1, tmp_path):
    """Float32 arrays and rates as their script saves them."""
    path = tmp_path / "clip_keypoints_retargeted.npz"
    turned = np.tile(np.float32([-0.5, -0.5, -0.5, -0.5]), (4, 1))
    np.savez_compressed(
        path,
        base_frame_pos=np.ones((4, 3), dtype=np.float32),
        base_frame_wxyz=turned,
        joint_angles=np.zeros((4, 29), dtype=np.float32),
        fps=10.0,
        source_fps=30.0,
        subsample_factor=3,
    )
    motion = read_retargeted(path, g1)
    assert (motion.name, motion.fps, motion.num_frames) == ("clip", 10.0, 4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"joint_angles": np.zeros((4, 27))},
            r"joint_angles has shape \(4, 27\), expected \(N, 29",
        ),
        ({"base_frame_pos": np.zeros((3, 3))}, "has shape"),
        ({"base_frame_wxyz": np.zeros((4, 4))}, "not of unit norm"),
        ({"joint_angles": np.full((4, 29), np.nan)}, "dof_pos"),
        ({"fps": np.array(np.inf)}, "fps is inf"),
    ],
)
def test_bad_retargeted_files_are_refused(g1, tmp_path, change, words):
    path = tmp_path / "bad_retargeted.npz"
    content = {
        "base_frame_pos": np.zeros((4, 3)),
        "base_frame_wxyz": np.tile([1.0, 0, 0, 0], (4, 1)),
        "joint_angles": np.zeros((4, 29)),
        "fps": 30.0,
    }
    np.savez(path, **{**content, **change})
    with pytest.raises(Exception, match=words) as caught:
        read_retargeted(path, g1)
    assert type(caught.value).__name__ in ("FormatError", "MotionError")


def test_labels_of_another_length_are_refused(make_motion, g1, tmp_path):
    write_retargeted(tmp_path / "a_retargeted.npz", make_motion(g1, frames=6))
    write_contacts(tmp_path / "a_contacts.npz", FootLabels(fps=50.0, touching=np.zeros((3, 2))))
    with pytest.raises(FormatError, match="3 frames, the motion has 6"):
        read_retargeted(tmp_path / "a_retargeted.npz", g1)


def test_a_human_is_no_robot_s_motion(walk, tmp_path):
    with pytest.raises(RobotError, match="smpl: its dofs are no hinges"):
        write_retargeted(tmp_path / "x.npz", walk)

"""Files of other projects are called what they are, with their numbers."""

import json
import pickle

import numpy as np
import pytest
import torch

from motionlib.containers.array_dict import write_array_dict
from motionlib.inspection.contents import inspect_file

FRAMES, DOFS = 12, 29


def root():
    quats = np.tile([1.0, 0.0, 0.0, 0.0], (FRAMES, 1))
    return np.tile([0.0, 0.0, 0.757], (FRAMES, 1)), quats


@pytest.fixture
def files(tmp_path):
    pos, quats = root()
    joints = np.zeros((FRAMES, DOFS))
    clip = {"root_pos": pos, "root_rot": np.roll(quats, -1, -1), "dof_pos": joints, "fps": 30.0}
    np.savez(tmp_path / "smplh.npz", poses=np.zeros((FRAMES, 156)), trans=pos,
             mocap_framerate=120.0, gender="female")  # fmt: skip
    np.savez(tmp_path / "x_retargeted.npz", base_frame_pos=pos, base_frame_wxyz=quats,
             joint_angles=joints, fps=30.0)  # fmt: skip
    np.savez(tmp_path / "qpos.npz", qpos=np.concatenate((pos, quats, joints), 1), frequency=50.0)
    np.savez(tmp_path / "named.npz", **clip)
    np.savez(tmp_path / "labels.npz", foot_contacts=np.zeros((FRAMES, 2)), fps=30.0)
    (tmp_path / "gmr.pkl").write_bytes(pickle.dumps(clip))
    (tmp_path / "torch.pkl").write_bytes(
        pickle.dumps({name: torch.as_tensor(value) for name, value in clip.items()})
    )
    torch.save({"a": clip_tensors(clip), "b": clip_tensors(clip)}, tmp_path / "two.pt")
    turns = np.tile(np.eye(3), (FRAMES, 18, 1, 1))
    write_array_dict(tmp_path / "x_keypoints.npy", {
        "positions": np.zeros((FRAMES, 18, 3)), "orientations": turns, "fps": 25.0,
        "left_foot_contacts": np.zeros((FRAMES, 2)), "right_foot_contacts": np.zeros((FRAMES, 2)),
    })  # fmt: skip
    (tmp_path / "t.csv").write_text("# fps: 40\na,b,c\n" + "1,2,3\n" * FRAMES)
    return tmp_path


def clip_tensors(clip):
    return {name: torch.as_tensor(value) for name, value in clip.items()}


@pytest.mark.parametrize(
    ("name", "kind", "fps", "dofs"),
    [
        ("smplh.npz", "recording of a human", 120.0, None),
        ("x_retargeted.npz", "ProtoMotions' retargeted robot motion", 30.0, DOFS),
        ("qpos.npz", "qpos of MuJoCo", 50.0, DOFS),
        ("named.npz", "root and joints by name", 30.0, DOFS),
        ("gmr.pkl", "pickle of GMR", 30.0, DOFS),
        ("torch.pkl", "pickle of GMR", 30.0, DOFS),
        ("two.pt", "torch file of GMR", 30.0, DOFS),
        ("x_keypoints.npy", "ProtoMotions' keypoints of a human", 25.0, None),
        ("t.csv", "table of 3 columns with a header", 40.0, None),
    ],
)
def test_files_are_what_they_are(files, name, kind, fps, dofs):
    report = inspect_file(files / name)
    json.dumps(report)
    assert kind in report["kind"]
    assert report["problems"] == []
    assert (report["fps"], report.get("num_dofs")) == ([fps], dofs)
    clips = 2 if name == "two.pt" else 1
    assert (report["num_motions"], report["frames"]) == (clips, clips * FRAMES)
    assert report["seconds"] == pytest.approx(clips * (FRAMES - 1) / fps)
    assert report["read_by"].startswith("motion ")


def test_a_robot_is_held_against_them(files, g1, microduck, smpl):
    for name in ("qpos.npz", "named.npz", "gmr.pkl"):
        report = inspect_file(files / name, g1)
        assert report["robot"]["fits"], report["problems"]
        report = inspect_file(files / name, microduck)
        assert not report["robot"]["fits"]
        assert "pass the robot that the file was made for" in report["problems"][0]
    assert inspect_file(files / "smplh.npz", smpl)["robot"]["fits"]

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.human.readers.by_suffix import probe_human_clip, read_human_clip
from motionlib.human.skeleton.joint_map import skeleton_maps

ROBOT = SimpleNamespace(body_names=("Pelvis", "L_Hip"), rest_root_pos=(0.0, 0.0, 0.0))


def test_npz_is_amass_whatever_the_case_of_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, poses=np.zeros((4, 156)), trans=np.zeros((4, 3)), mocap_framerate=60.0)
    path = path.rename(tmp_path / "a.NPZ")
    assert read_human_clip(path, ROBOT).format == "amass_smplh"
    assert probe_human_clip(path).frames == 4


def test_another_suffix_is_refused_with_the_ones_that_are_read(tmp_path: Path) -> None:
    for call in (lambda: read_human_clip(tmp_path / "a.fbx", ROBOT), lambda: probe_human_clip(tmp_path / "a")):  # fmt: skip
        with pytest.raises(FormatError, match=r"\.bvh"):
            call()


def test_a_joint_map_reaches_bvh_alone(tmp_path, smpl, write_bvh, make_robot_motion):
    path = write_bvh(tmp_path / "a.bvh", smpl, *make_robot_motion(smpl))
    lafan1 = next(each for each in skeleton_maps() if each.name == "lafan1")
    mine = replace(lafan1, name="mine")
    assert "joint map mine" in read_human_clip(path, smpl, joint_map=mine).notes
    np.savez(
        tmp_path / "a.npz", poses=np.zeros((4, 156)), trans=np.zeros((4, 3)), mocap_framerate=60.0
    )
    assert read_human_clip(tmp_path / "a.npz", ROBOT, joint_map=mine).format == "amass_smplh"

import numpy as np
import pytest

from motionlib.errors import MotionError
from pipelines.cli.clips import at_fps, load_clips, motion_files, robot_for


def test_a_folder_stands_for_its_motion_files_by_name(npz_folder):
    (npz_folder / ".hidden.npz").touch()
    (npz_folder / "notes.txt").touch()
    files = motion_files([npz_folder, npz_folder / "0.0_0.0_0.5.npz"])
    assert [path.stem for path in files] == [
        "-0.1_0.0_0.0", "0.0_0.0_0.0", "0.0_0.0_0.5", "0.1_0.0_0.0", "0.0_0.0_0.5",
    ]  # fmt: skip


def renamed(source, destination):
    with np.load(source) as file:
        np.savez(destination, **{**file, "robot_name": np.array("mine")})
    return destination


def test_the_robot_is_what_the_file_says(npz_folder, microduck, motion, tmp_path):
    files = motion_files([npz_folder])
    assert robot_for("", files).name == "microduck"
    assert robot_for("g1", files).name == "g1"
    motion("pack", npz_folder, "--output", tmp_path / "x.pt")
    assert robot_for("", [tmp_path / "x.pt"]).name == "microduck"
    with pytest.raises(MotionError, match=r"robot 'mine', which does not come .* --robot path"):
        robot_for("", [renamed(npz_folder / "0.1_0.0_0.0.npz", tmp_path / "y.npz")])
    with pytest.raises(MotionError, match="does not say which robot"):
        robot_for("", [tmp_path / "x.motion"])


def test_clips_at_another_rate(npz_folder, microduck):
    motions, rejected = load_clips(motion_files([npz_folder]), microduck)
    assert not rejected
    assert {motion.fps for motion in at_fps(motions, 30.0)} == {30.0}
    assert at_fps(motions, None) == motions

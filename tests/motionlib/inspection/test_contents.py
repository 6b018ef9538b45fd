"""Descriptions of files, whoever wrote them."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.protomotions.motion_file import save_motion_file
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.inspection.contents import inspect_file
from motionlib.library import library_from_motions
from motionlib.robots.files import load_robot


@pytest.fixture
def clips(g1, make_motion):
    return [make_motion(g1, frames=25, name="a"), make_motion(g1, frames=40, name="b")]


def test_our_files_have_no_problems(tmp_path, g1, clips):
    save_npz(tmp_path / "m.npz", clips, order="isaaclab")
    save_motion_lib(tmp_path / "m.pt", library_from_motions(clips), layout="protomotions")
    rules = {"m.npz": "central", "m.pt": "forward_min3"}
    for name, rule in rules.items():
        report = inspect_file(tmp_path / name, g1)
        json.dumps(report)
        assert report["problems"] == []
        assert report["robot"] == {"stated": "g1", "asked": "g1", "fits": True}
        assert (report["fps"], report["num_motions"], report["frames"]) == ([50.0], 2, 65)
        assert [row["name"] for row in report["motions"]] == ["a", "b"]
        assert report["motions"][1]["seconds"] == pytest.approx(39 / 50)
        assert report["velocities"]["stated"] == report["velocities"]["linear"] == rule


def test_wrong_robot_is_a_problem(tmp_path, microduck, clips):
    save_npz(tmp_path / "m.npz", clips)
    report = inspect_file(tmp_path / "m.npz", microduck)
    assert report["robot"]["fits"] is False
    assert "written for robot 'g1'" in report["problems"][0]
    assert inspect_file(tmp_path / "m.npz")["problems"] == []


def test_velocities_that_contradict_the_header_are_a_problem(tmp_path, clips):
    save_npz(tmp_path / "m.npz", clips)
    with np.load(tmp_path / "m.npz") as file:
        arrays = dict(file)
    arrays["velocity_rule"] = np.array("forward_min3")
    np.savez(tmp_path / "m.npz", **arrays)
    problems = inspect_file(tmp_path / "m.npz")["problems"]
    assert problems == ["velocities: the file states forward_min3, its numbers say central"]


def test_missing_array_and_nan_are_problems(tmp_path, clips):
    save_npz(tmp_path / "m.npz", clips)
    with np.load(tmp_path / "m.npz") as file:
        arrays = dict(file)
    arrays["joint_pos"][3, 3] = np.nan
    np.savez(tmp_path / "m.npz", **arrays)
    assert "frame 3" in inspect_file(tmp_path / "m.npz")["problems"][0]
    del arrays["joint_pos"]
    np.savez(tmp_path / "m.npz", **arrays)
    report = inspect_file(tmp_path / "m.npz")
    assert "arrays missing: joint_pos" in report["problems"][0]
    assert report["keys"]["body_pos_w"] == {"shape": [65, 30, 3], "dtype": "float32"}


def test_foreign_npz_is_described(tmp_path, g1, clips):
    save_npz(tmp_path / "m.npz", clips[:1])
    with np.load(tmp_path / "m.npz") as file:
        arrays = {name: file[name] for name in file.files if name.startswith(("joint_p", "joint_v",
                  "body_pos", "body_quat", "body_lin", "body_ang"))}  # fmt: skip
    np.savez(tmp_path / "m.npz", **arrays)
    report = inspect_file(tmp_path / "m.npz", g1)
    assert report["robot"] == {"stated": None, "asked": "g1", "fits": True}
    assert any("fps is missing" in problem for problem in report["problems"])
    assert report["velocities"]["generation"] == "ours (central)"


def test_unreadable_files_are_errors(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "m.pt").write_bytes(b"x")
    for name in ("m.npz", "m.pt"):
        with pytest.raises(FormatError, match=name):
            inspect_file(tmp_path / name)
    with pytest.raises(FormatError, match=r"\.txt is a text, which is not read.*expected \.npz"):
        inspect_file(tmp_path / "m.txt")


def test_shipped_motion_is_generation_b_with_its_caveat(test_data, g1):
    report = inspect_file(test_data / "g1_motion" / "walk.motion", g1)
    assert report["robot"]["fits"] is True
    assert (report["num_bodies"], report["num_dofs"], report["frames"]) == (33, 29, 150)
    assert report["velocities"]["generation"] == "B"
    assert "0.86 m/s" in report["velocities"]["note"]
    assert any("one frame late" in problem for problem in report["problems"])


@pytest.mark.parametrize("suffix", ["npz", "pt", "motion"])
def test_what_cannot_be_true_is_a_problem_and_what_is_doubtful_a_note(
    tmp_path, microduck, make_motion, suffix
):
    sound = make_motion(microduck)
    wrong = {
        "high": replace(sound, root_pos=sound.root_pos + torch.tensor([0.0, 0.0, 1.0])),
        "fast": replace(sound, root_pos=sound.root_pos * torch.tensor([300.0, 300.0, 1.0])),
    }
    reports = {}
    for name, motion in wrong.items():
        path = tmp_path / f"{name}.{suffix}"
        if suffix == "motion":
            save_motion_file(path, motion)
        elif suffix == "pt":
            save_motion_lib(path, library_from_motions([motion]))
        else:
            save_npz(path, [motion])
        reports[name] = [inspect_file(path, microduck), inspect_file(path)]
    for report in reports["high"]:
        assert [each for each in report["notes"] if "sole_above_ground is" in each]
        assert not [each for each in report["problems"] if "impossible" in each]
    for report in reports["fast"]:
        assert [each for each in report["problems"] if each.startswith("impossible: ")]
        assert "root_speed_held" in "".join(report["problems"])


def test_a_name_of_no_robot_here_is_no_path_to_read(tmp_path, biped, make_motion):
    motion = make_motion(load_robot(biped))
    save_npz(tmp_path / "m.npz", [replace(motion, root_pos=motion.root_pos + 2.0)])
    with np.load(tmp_path / "m.npz") as file:
        arrays = {**file, "robot_name": np.array(str(biped / "robot.yaml"))}
    np.savez(tmp_path / "m.npz", **arrays)
    report = inspect_file(tmp_path / "m.npz")
    assert "sole_above_ground" in "".join(report["notes"])
    assert report["problems"] == []

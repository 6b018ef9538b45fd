import json
from dataclasses import replace

import numpy as np
import torch

from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions


def test_a_good_file_is_described(motion, npz_folder):
    done = motion("inspect", npz_folder / "0.1_0.0_0.0.npz", "--robot", "microduck")
    assert done.status == 0, done.errors
    assert "stated microduck, asked microduck, fits True" in done.output
    assert "body_quat_w" in done.output
    assert "0.1_0.0_0.0" in done.output


def test_json_is_json(motion, npz_folder):
    done = motion("inspect", npz_folder / "0.1_0.0_0.0.npz", "--json")
    report = json.loads(done.output)
    assert report["num_motions"] == 1
    assert report["velocities"]["stated"] == "central"


def test_a_file_of_another_robot_is_a_problem(motion, npz_folder):
    done = motion("inspect", npz_folder / "0.1_0.0_0.0.npz", "--robot", "g1")
    assert done.status == 1
    assert "problem: " in done.errors
    assert "fits False" in done.output


def test_references_are_listed_for_a_robot(motion, references):
    done = motion("inspect", references, "--robot", "microduck")
    assert done.status == 0, done.errors
    assert [row.split()[0] for row in done.output.splitlines()[1:]] == [
        "-0.1_0.0_0.0", "0.0_0.0_0.0", "0.0_0.0_0.5", "0.1_0.0_0.0",
    ]  # fmt: skip
    assert "add --robot" in motion("inspect", references).errors


def test_what_cannot_be_read_is_an_error(motion, tmp_path):
    (tmp_path / "x.fbx").write_text("HIERARCHY")
    (tmp_path / "x.npz").write_bytes(b"")
    for name in ("x.fbx", "x.npz", "gone.npz"):
        done = motion("inspect", tmp_path / name)
        assert done.status == 2
        assert name in done.errors


def test_bad_content_is_a_problem(motion, tmp_path):
    (tmp_path / "x.bvh").write_text("HIERARCHY")
    done = motion("inspect", tmp_path / "x.bvh")
    assert done.status == 1
    assert "problem: " in done.errors


def test_real_foreign_files_are_read_without_their_program(motion, test_data):
    files = sorted((test_data / "g1_motion").glob("*.motion"))
    assert files
    for file in files:
        done = motion("inspect", file, "--robot", "g1")
        assert done.status in (0, 1), done.errors
        assert "fits True" in done.output


def test_of_many_motions_the_first_are_listed(motion, microduck, make_motion, tmp_path):
    motions = [make_motion(microduck, frames=n, name=f"m{n}") for n in range(5, 35)]
    motions.append(replace(motions[0], name="slow", fps=30.0))
    save_motion_lib(tmp_path / "x.pt", library_from_motions(motions))
    done = motion("inspect", tmp_path / "x.pt", "--robot", "microduck")
    assert "... and 26 more; all of 0.08 to 0.66 s" in done.output
    assert "note: rates are mixed; fps (motions): 30 (1), 50 (30)" in done.errors
    assert "m9 " in done.output
    assert "m10" not in done.output


def test_old_files_are_named_for_what_they_are(motion, tmp_path):
    torch.save(LoadedMotions(), tmp_path / "x.pt")
    np.save(tmp_path / "x.npy", np.zeros(3))
    done = motion("inspect", tmp_path / "x.pt")
    assert done.status == 1
    assert "second version" in done.errors
    done = motion("inspect", tmp_path / "x.npy")
    assert done.status == 2
    assert "array of type 64-bit float" in done.errors


class LoadedMotions(torch.nn.Module):
    """Of the name that the second version has."""

from dataclasses import replace

import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.library_header import LibraryHeader, read_library_header
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions


@pytest.fixture
def motions(microduck, make_motion):
    return [make_motion(microduck, name="a"), replace(make_motion(microduck, name="b"), fps=30.0)]


def test_a_packed_library_says_whose_and_how_fast_it_is(tmp_path, motions, microduck):
    save_motion_lib(tmp_path / "x.pt", library_from_motions(motions))
    header = read_library_header(tmp_path / "x.pt")
    assert header == LibraryHeader(
        robot_name="microduck",
        robot_semantic_sha256=microduck.semantic_sha256,
        body_names=microduck.body_names,
        dof_names=microduck.dof_names,
        fps=(30.0, 50.0),
        velocity_rule="forward_min3",
    )


def test_an_npz_says_the_same(tmp_path, motions, microduck):
    save_npz(tmp_path / "x.npz", motions[:1], velocity_rule="central", order="isaaclab")
    header = read_library_header(tmp_path / "x.npz")
    assert header.robot_semantic_sha256 == microduck.semantic_sha256
    assert set(header.dof_names) == set(microduck.dof_names)
    assert (header.fps, header.velocity_rule) == ((50.0,), "central")


def test_a_foreign_file_says_its_rates_alone(tmp_path, motions):
    save_motion_lib(tmp_path / "x.pt", library_from_motions(motions))
    content = torch.load(tmp_path / "x.pt", weights_only=True)
    del content["workbench"]
    torch.save(content, tmp_path / "foreign.pt")
    assert read_library_header(tmp_path / "foreign.pt") == LibraryHeader(fps=(30.0, 50.0))


def test_other_files_and_folders_say_nothing(tmp_path):
    (tmp_path / "x.csv").write_text("1,2\n")
    assert read_library_header(tmp_path / "x.csv") == LibraryHeader()
    assert read_library_header(tmp_path) == LibraryHeader()


def test_a_damaged_file_is_named(tmp_path, motions):
    save_motion_lib(tmp_path / "x.pt", library_from_motions(motions))
    (tmp_path / "x.pt").write_bytes((tmp_path / "x.pt").read_bytes()[:500])
    with pytest.raises(FormatError, match=r"x\.pt"):
        read_library_header(tmp_path / "x.pt")

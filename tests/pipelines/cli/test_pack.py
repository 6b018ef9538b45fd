import pytest

from motionlib.formats.protomotions.motion_lib import load_motion_lib


def test_folders_and_files_become_a_library(motion, npz_folder, tmp_path, microduck):
    done = motion("pack", npz_folder, "--output", tmp_path / "x.pt")
    assert done.status == 0, done.errors
    library = load_motion_lib(tmp_path / "x.pt", microduck)
    assert library.num_motions == 4
    assert library.velocity_rule == "forward_min3"
    one = motion("pack", npz_folder / "0.1_0.0_0.0.npz", "--output", tmp_path / "y.pt", "--fps", 30)
    assert one.status == 0, one.errors
    assert load_motion_lib(tmp_path / "y.pt", microduck).fps.tolist() == [30.0]


def test_a_pt_can_be_packed_again(motion, npz_folder, tmp_path, microduck):
    motion("pack", npz_folder, "--output", tmp_path / "x.pt")
    done = motion("pack", tmp_path / "x.pt", "--output", tmp_path / "y.pt")
    assert done.status == 0, done.errors
    assert load_motion_lib(tmp_path / "y.pt", microduck).num_motions == 4


def test_duplicated_names_another_robot_and_a_missing_layout_are_refused(
    motion, npz_folder, tmp_path
):
    output = ("--output", tmp_path / "x.pt")
    file = npz_folder / "0.1_0.0_0.0.npz"
    twice = motion("pack", npz_folder, file, *output)
    assert twice.status == 2
    assert "0.1_0.0_0.0" in twice.errors
    other = motion("pack", file, *output, "--robot", "g1")
    assert other.status == 2
    assert "microduck" in other.errors
    layout = motion("pack", file, *output, "--layout", "protomotions")
    assert layout.status == 2
    assert "marker_bodies" in layout.errors
    assert not (tmp_path / "x.pt").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip"])
def test_a_bad_file_alone_is_an_error_that_names_it(motion, tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    done = motion("pack", tmp_path / "bad.npz", "--output", tmp_path / "x.pt")
    assert done.status == 2
    assert "bad.npz" in done.errors
    assert "name at least one" in motion("pack", "--output", tmp_path / "x.pt").errors


def test_a_library_in_shards(motion, npz_folder, tmp_path, microduck):
    done = motion("pack", npz_folder, "--output", tmp_path / "x_slurmrank.pt", "--shards", 2)
    assert done.status == 0, done.errors
    names = [
        name
        for shard in range(2)
        for name in load_motion_lib(tmp_path / f"x_{shard}.pt", microduck).names
    ]
    assert len(set(names)) == 4
    refused = motion("pack", npz_folder, "--output", tmp_path / "x.pt", "--shards", 2)
    assert refused.status == 2
    assert "slurmrank" in refused.errors

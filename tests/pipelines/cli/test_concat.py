import numpy as np
import pytest

from motionlib.formats.beyondmimic import load_npz


def test_edges_takes_standing_and_the_extremes(motion, npz_folder, tmp_path, microduck):
    output = tmp_path / "edges.npz"
    done = motion("concat", npz_folder, "--output", output, "--strategy", "edges")
    assert done.status == 0, done.errors
    names = [clip.name for clip in load_npz(output, microduck)]
    assert names[0] == "0.0_0.0_0.0"
    assert set(names) == {"0.0_0.0_0.0", "0.1_0.0_0.0", "-0.1_0.0_0.0", "0.0_0.0_0.5"}
    with np.load(output) as file:
        assert file["clip_names"].tolist() == names
        assert file["clip_starts"][-1] == len(file["joint_pos"])


def test_named_files_come_in_the_order_given(motion, npz_folder, tmp_path, microduck):
    output = tmp_path / "two.npz"
    files = ("0.1_0.0_0.0.npz", "-0.1_0.0_0.0", npz_folder / "0.0_0.0_0.0.npz")
    done = motion("concat", npz_folder, "--output", output, "--motion-files", *files)
    assert done.status == 0, done.errors
    names = [clip.name for clip in load_npz(output, microduck)]
    assert names == ["0.1_0.0_0.0", "-0.1_0.0_0.0", "0.0_0.0_0.0"]
    alone = motion("concat", "--output", tmp_path / "one.npz", "--motion-files", files[2])
    assert alone.status == 0, alone.errors


def test_blending_inserts_clips_of_their_own(motion, npz_folder, tmp_path, microduck):
    output = tmp_path / "blend.npz"
    options = ("--strategy", "all", "--blend", 0.2)
    assert motion("concat", npz_folder, "--output", output, *options).status == 0
    names = [clip.name for clip in load_npz(output, microduck)]
    assert len(names) == 7
    assert sum(name.startswith("transition") for name in names) == 3


def test_unknown_files_offer_the_nearest(motion, npz_folder, tmp_path):
    done = motion("concat", npz_folder, "--output", tmp_path / "x.npz", "--motion-files", "0.1_0.0")
    assert done.status == 2
    assert "nearest: 0.1_0.0_0.0.npz" in done.errors
    assert not (tmp_path / "x.npz").exists()


@pytest.mark.parametrize("options", [(), ("--strategy", "all", "--motion-files", "0.1_0.0_0.0")])
def test_one_way_of_choosing_is_needed(motion, npz_folder, tmp_path, options):
    done = motion("concat", npz_folder, "--output", tmp_path / "x.npz", *options)
    assert done.status == 2
    assert "one of the two" in done.errors


def test_a_folder_is_needed_and_must_hold_clips(motion, tmp_path):
    options = ("--output", tmp_path / "x.npz", "--strategy", "all")
    assert "name the folder" in motion("concat", *options).errors
    (tmp_path / "empty").mkdir()
    assert "no .motion, .npz files" in motion("concat", tmp_path / "empty", *options).errors
    assert "no such file or folder" in motion("concat", tmp_path / "gone", *options).errors


def test_a_bad_file_is_left_out_of_a_folder_and_refused_by_name(
    motion, npz_folder, tmp_path, microduck
):
    bad = npz_folder / "0.1_0.0_0.0.npz"
    bad.write_bytes(bad.read_bytes()[:500])
    output = tmp_path / "x.npz"
    done = motion("concat", npz_folder, "--output", output, "--strategy", "all")
    assert done.status == 1
    assert len(load_npz(output, microduck)) == 3
    assert "0.1_0.0_0.0.npz" in (tmp_path / "reports" / "x.npz.rejected.csv").read_text()
    output.unlink()
    named = motion("concat", npz_folder, "--output", output, "--motion-files", bad.name)
    assert named.status == 2
    assert not output.exists()


def test_an_output_in_the_folder_is_not_its_own_source(motion, npz_folder, microduck):
    output = npz_folder / "all.npz"
    for _ in range(2):
        done = motion("concat", npz_folder, "--output", output, "--strategy", "all")
        assert done.status == 0, done.errors
    assert len(load_npz(output, microduck)) == 4

import numpy as np
import pytest

from motionlib.formats.loading import load_library, load_motions


@pytest.fixture
def csv_folder(tmp_path, microduck, make_motion):
    folder = tmp_path / "csv"
    folder.mkdir()
    for name in ("a", "b"):
        clip = make_motion(microduck, frames=30, name=name)
        columns = [clip.root_pos, clip.root_quat_wxyz, clip.dof_pos]
        table = np.concatenate([each.numpy() for each in columns], axis=1)
        np.savetxt(folder / f"{name}.csv", table, delimiter=",", fmt="%.7f")
    return folder


def _options(output, *more):
    return ("--robot", "microduck", "--quat-order", "wxyz", "--output", output, *more)


def test_csv_becomes_pt_npz_or_a_folder(motion, csv_folder, tmp_path, microduck):
    for output in (tmp_path / "x.pt", tmp_path / "x.npz"):
        done = motion("import", csv_folder, *_options(output))
        assert done.status == 0, done.errors
        library = load_library(output, microduck)
        assert library.names == ("a", "b")
        assert library.fps.tolist() == [30.0, 30.0]
    done = motion("import", csv_folder / "a.csv", *_options(tmp_path / "o", "--output-fps", 50))
    assert done.status == 0, done.errors
    (clip,) = load_motions(tmp_path / "o" / "a.npz", microduck)
    assert clip.fps == 50.0
    assert clip.provenance.source == "a.csv"


def test_one_bad_file_is_left_out(motion, csv_folder, tmp_path, microduck):
    (csv_folder / "c.csv").write_text("1,2,nan\n")
    done = motion("import", csv_folder, *_options(tmp_path / "x.pt"))
    assert done.status == 1
    assert load_library(tmp_path / "x.pt", microduck).num_motions == 2
    assert "c.csv" in (tmp_path / "reports" / "x.pt.rejected.csv").read_text()


def test_nothing_to_import_and_a_name_used_twice_are_errors(motion, csv_folder, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert (
        "no .csv, .npz, .pkl, .motion files"
        in motion("import", empty, *_options(tmp_path / "x.pt")).errors
    )
    assert (
        "no .csv, .npz, .pkl, .motion files"
        in motion("import", *_options(tmp_path / "x.pt")).errors
    )
    twice = motion("import", csv_folder, csv_folder / "a.csv", *_options(tmp_path / "x.pt"))
    assert twice.status == 2
    assert "a" in twice.errors
    gone = motion("import", tmp_path / "gone.csv", *_options(tmp_path / "x.pt"))
    assert gone.status == 2
    assert "gone.csv" in gone.errors
    assert not (tmp_path / "x.pt").exists()


def test_real_g1_trajectories(motion, test_data, tmp_path, g1):
    files = sorted((test_data / "g1_csv").glob("*.csv"))
    done = motion("import", *files, "--robot", "g1", "--output", tmp_path / "g1.pt")
    assert done.status == 0, done.errors
    assert load_library(tmp_path / "g1.pt", g1).num_motions == len(files)


def test_what_cannot_be_true_is_refused_and_what_is_odd_is_told(motion, csv_folder, tmp_path):
    table = np.loadtxt(csv_folder / "a.csv", delimiter=",")
    for name, factor in (
        ("deg", [*[1.0] * 7, *[180.0 / np.pi] * 14]),
        ("cm", [100.0] * 3 + [1.0] * 18),
    ):
        wrong = table * factor
        wrong[:, 7:] += (name == "deg") * 30.0
        wrong[:, 0] += (name == "cm") * np.arange(30)
        np.savetxt(tmp_path / f"{name}.csv", wrong, delimiter=",")
    done = motion("import", tmp_path / "deg.csv", *_options(tmp_path / "x.pt"))
    assert done.status == 2
    assert "cannot be a motion of microduck: limit_excess_median" in done.errors
    assert "joints in degrees" in done.errors
    assert "`motion import --accept-implausible` takes it all the same" in done.errors
    accepting = _options(tmp_path / "x.pt", "--accept-implausible")
    done = motion("import", tmp_path / "deg.csv", *accepting)
    assert done.status == 0, done.errors
    assert "deg: doubtful: limit_excess_median" in done.errors
    done = motion("import", tmp_path / "cm.csv", *_options(tmp_path / "x.pt"))
    assert "a root in centimetres" in done.errors
    table[:, 2] += 1.5
    np.savetxt(tmp_path / "high.csv", table, delimiter=",")
    done = motion("import", tmp_path / "high.csv", *_options(tmp_path / "x.pt", "--floor", "keep"))
    assert done.status == 0, done.errors
    assert "high: doubtful: sole_above_ground" in done.errors

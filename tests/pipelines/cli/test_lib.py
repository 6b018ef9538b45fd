"""`motion lib`."""

import pytest

from motionlib.formats.protomotions.motion_lib import load_motion_lib


@pytest.fixture
def library(motion, npz_folder, tmp_path):
    done = motion("pack", npz_folder, "--output", tmp_path / "x.pt")
    assert done.status == 0, done.errors
    return tmp_path / "x.pt"


def names(path, robot):
    return load_motion_lib(path, robot).names


def test_join_thin_and_rename(motion, library, tmp_path, microduck):
    out = ("--output", tmp_path / "y.pt")
    refused = motion("lib", "merge", library, library, *out)
    assert refused.status == 2
    assert "in more than one library" in refused.errors
    done = motion("lib", "merge", library, library, *out, "--prefix", "a/", "b/")
    assert done.status == 0, done.errors
    assert "8 motions" in done.errors
    assert motion("lib", "merge", library, library, *out, "--rename").status == 0
    assert motion("lib", "subset", tmp_path / "y.pt", *out, "--glob", "*(2)").status == 0
    assert names(tmp_path / "y.pt", microduck) == tuple(
        f"{name} (2)" for name in names(library, microduck)
    )
    assert motion("lib", "subset", library, *out, "--random", 2, "--seed", 1).status == 0
    assert len(names(tmp_path / "y.pt", microduck)) == 2
    assert motion("lib", "rename", library, *out, "--prefix", "duck/").status == 0
    assert all(name.startswith("duck/") for name in names(tmp_path / "y.pt", microduck))
    assert "nothing to rename" in motion("lib", "rename", library, *out).errors
    assert "at least one" in motion("lib", "merge", *out).errors


def test_weights_in_place(motion, library, tmp_path, microduck):
    (tmp_path / "w.csv").write_text("name,weight\n0.1_0.0_0.0,4\n")
    weights = ("--weights", tmp_path / "w.csv")
    done = motion("lib", "reweight", library, *weights, "--output", library)
    assert done.status == 0, done.errors
    read = load_motion_lib(library, microduck)
    assert read.weights[read.names.index("0.1_0.0_0.0")] == 4.0


def test_parts_by_lists_and_by_hash(motion, library, tmp_path, microduck):
    everything = names(library, microduck)
    (tmp_path / "train.txt").write_text("\n".join(everything[:2]))
    (tmp_path / "test.txt").write_text(f"{everything[2]}\nunknown\n")
    lists = ("--train", tmp_path / "train.txt", "--test", tmp_path / "test.txt")
    done = motion("lib", "split", library, "--output-dir", tmp_path / "parts", *lists)
    assert done.status == 1
    assert "1 name of the lists not in the library" in done.errors
    assert "1 motion in no list" in done.errors
    assert names(tmp_path / "parts" / "x_train.pt", microduck) == everything[:2]
    assert names(tmp_path / "parts" / "x_test.pt", microduck) == everything[2:3]

    by_hash = ("--output-dir", tmp_path / "hash", "--fractions", 0.5, 0.25, 0.25)
    assert motion("lib", "split", library, *by_hash).status == 0
    found = [names(path, microduck) for path in sorted((tmp_path / "hash").iterdir())]
    assert sorted(name for part in found for name in part) == sorted(everything)
    both = motion("lib", "split", library, *by_hash, *lists)
    neither = motion("lib", "split", library, "--output-dir", tmp_path / "hash")
    assert both.status == neither.status == 2
    assert "give either" in both.errors
    assert "give either" in neither.errors

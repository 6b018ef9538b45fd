import csv
import pickle
import signal

import numpy as np
import pytest

from motionlib.formats.beyondmimic import load_npz
from motionlib.formats.polynomial import read_polynomials


def _options(folder, *more):
    return ("--robot", "microduck", "--output-dir", folder, *more)


def _cycle(folder, *more):
    """As `npz_folder` is made: one cycle a clip."""
    return _options(folder, "--cycles", 1, *more)


def test_one_npz_a_motion_with_what_readers_need(npz_folder, microduck):
    names = sorted(path.stem for path in npz_folder.glob("*.npz"))
    assert names == ["-0.1_0.0_0.0", "0.0_0.0_0.0", "0.0_0.0_0.5", "0.1_0.0_0.0"]
    with np.load(npz_folder / "0.1_0.0_0.0.npz", allow_pickle=False) as file:
        assert file["joint_pos"].shape[1] == microduck.num_dofs
        assert file["body_pos_w"].shape[1:] == (microduck.num_bodies, 3)
        assert float(file["fps"].item()) == 50.0
    (motion,) = load_npz(npz_folder / "0.1_0.0_0.0.npz", microduck)
    assert motion.provenance.source == "reference_motions.pkl:0.1_0.0_0.0"


def test_every_motion_has_its_row_of_repairs(npz_folder):
    with (npz_folder / "reports" / "repairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert float(rows[0]["limit_excess_max"]) >= 0
    assert not (npz_folder / "reports" / "rejected.csv").exists()


def test_the_robot_is_the_microduck_unless_named(motion, references, npz_folder, tmp_path):
    assert motion("convert", references, "--output-dir", tmp_path, "--cycles", 1).status == 0
    for path in npz_folder.glob("*.npz"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_the_same_input_gives_the_same_bytes(motion, references, npz_folder, tmp_path):
    motion("convert", references, *_cycle(tmp_path / "again"))
    for path in npz_folder.glob("*.npz"):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_chosen_motions_bodies_and_length(motion, references, tmp_path, microduck):
    bodies = ("--body-names", "trunk_base", "left_foot", "right_foot")
    keys = ("--motion-keys", "-0.1_0.0_0.0", "0.0_0.0_0.5")
    done = motion("convert", references, *_options(tmp_path, *bodies, *keys, "--min-seconds", 3))
    assert done.status == 0, done.errors
    assert sorted(path.stem for path in tmp_path.glob("*.npz")) == ["-0.1_0.0_0.0", "0.0_0.0_0.5"]
    with np.load(tmp_path / "-0.1_0.0_0.0.npz") as file:
        assert file["body_names"].tolist() == ["trunk_base", "left_foot", "right_foot"]
        assert file["body_pos_w"].shape[1] == 3
        assert len(file["joint_pos"]) >= 3 * 50


def test_a_clip_is_long_enough_to_train_on_unless_asked_otherwise(motion, references, tmp_path):
    def seconds(*more) -> float:
        keys = ("--motion-keys", "0.1_0.0_0.0", *more)
        assert motion("convert", references, *_options(tmp_path, *keys)).status == 0
        with np.load(tmp_path / "0.1_0.0_0.0.npz") as file:
            return (len(file["joint_pos"]) - 1) / float(file["fps"].item())

    usual = seconds()
    assert 10.0 <= usual < 11.0
    one, two = seconds("--cycles", 1), seconds("--cycles", 2)
    assert 0.2 < one < two < 2.0
    assert seconds("--min-seconds", 0) == one
    assert motion("convert", references, *_options(tmp_path, "--cycles", 0)).status == 2


def test_unknown_names_offer_the_nearest(motion, references, tmp_path):
    done = motion("convert", references, *_options(tmp_path, "--motion-keys", "0.1_0.0_0.1"))
    assert done.status == 2
    assert "0.1_0.0_0.1" in done.errors
    assert "0.1_0.0_0.0" in done.errors.partition("nearest")[2]
    done = motion("convert", references, *_options(tmp_path, "--body-names", "trunk_bse"))
    assert "nearest: trunk_base" in done.errors
    done = motion("convert", references, "--robot", "microdcuk", "--output-dir", tmp_path)
    assert done.status == 2
    assert "microduck" in done.errors
    assert not list(tmp_path.glob("*.npz"))


def test_one_bad_motion_is_rejected_and_the_rest_converted(motion, references, tmp_path):
    table = pickle.loads(references.read_bytes())
    bad = next(key for key in table if key.startswith("0.1"))
    table[bad]["coefficients"]["dim_3"] = np.full(16, np.nan)
    source = tmp_path / "bad.pkl"
    source.write_bytes(pickle.dumps(table))
    done = motion("convert", source, *_options(tmp_path / "npz"))
    assert done.status == 1
    assert len(list((tmp_path / "npz").glob("*.npz"))) == 3
    assert "1 rejected" in done.errors
    with (tmp_path / "npz" / "reports" / "rejected.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == bad
    assert "dim_3" in row["reason"]
    assert motion("convert", references, *_options(tmp_path / "npz")).status == 0
    assert not (tmp_path / "npz" / "reports" / "rejected.csv").exists()


def test_bad_sources_name_the_file(motion, references, tmp_path):
    truncated = tmp_path / "truncated.pkl"
    truncated.write_bytes(references.read_bytes()[:1000])
    hostile = tmp_path / "hostile.pkl"
    hostile.write_bytes(b"cos\nsystem\n(S'touch " + bytes(tmp_path / "owned") + b"'\ntR.")
    for path in (truncated, hostile, tmp_path / "gone.pkl"):
        done = motion("convert", path, *_options(tmp_path / "npz"))
        assert done.status == 2
        assert path.name in done.errors
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "npz").exists()


def test_a_full_disk_is_said_and_leaves_nothing_half_written(motion, references, small_disk):
    (small_disk / "filler").write_bytes(bytes(900 << 10))
    options = _options(small_disk / "npz", "--min-seconds", 10)
    done = motion("convert", references, *options)
    assert done.status == 2
    assert "No space left on device" in done.errors
    assert str(small_disk / "npz") in done.errors
    for path in small_disk.rglob("*.npz"):
        np.load(path)["body_pos_w"]
    assert not list(small_disk.rglob("*.tmp"))


_CONVERT = """
import sys
from pipelines.cli.main import main
sys.exit(main(["convert", sys.argv[1], "--robot", "microduck", "--output-dir", sys.argv[2],
               "--min-seconds", "200"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_conversion_leaves_whole_files_and_is_resumed(
    motion, references, tmp_path, run_child, number, microduck
):
    folder = tmp_path / "npz"
    child = run_child(_CONVERT, references, folder)
    child.wait_until(lambda: folder.is_dir() and any(folder.iterdir()))
    _, errors = child.signal(number)
    assert child.process.returncode in (-number, 130, 0)
    assert "Traceback" not in errors
    for path in folder.glob("*.npz"):
        np.load(path)["body_pos_w"]
    if number is signal.SIGINT:
        assert not list(folder.rglob("*.tmp"))
    assert motion("convert", references, *_options(folder)).status == 0
    assert len(list(folder.glob("*.npz"))) == len(read_polynomials(references, microduck).motions)


def test_other_files_in_the_folder_are_mentioned(motion, references, npz_folder):
    done = motion("convert", references, *_options(npz_folder, "--motion-keys", "0.1_0.0_0.0"))
    assert "3 .npz files that this command did not write" in done.errors
    assert len(list(npz_folder.glob("*.npz"))) == 4

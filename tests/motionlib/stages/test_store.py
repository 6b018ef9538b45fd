import os
import random
import subprocess
import sys

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.files import HOST_TAG
from motionlib.human.conversion import HumanMotion
from motionlib.stages.store import ClipStore

KEY, OTHER = "ab" * 32, "cd" * 32


def motion(frames: int = 5) -> HumanMotion:
    count = np.arange(frames * 4, dtype=np.float32)
    return HumanMotion(
        fps=30.0,
        root_pos=count[: frames * 3].reshape(frames, 3),
        root_quat_wxyz=count.reshape(frames, 4),
        dof_pos=count[: frames * 2].reshape(frames, 2),
        measures={"seconds": 0.1, "frames": np.int64(frames), "content_sha256": "ff"},
    )


@pytest.fixture
def store(tmp_path):
    return ClipStore(tmp_path / "a store")


def test_an_entry_comes_back_as_it_was_put(store):
    put = store.put(KEY, motion())
    assert store.get(KEY) == put
    assert put.path == f"ab/{KEY}.safetensors"
    assert dict(put.measures) == {"content_sha256": "ff", "frames": 5, "seconds": 0.1}
    back, was = store.load(put.path), motion()
    assert back.fps == 30.0
    for name in ("root_pos", "root_quat_wxyz", "dof_pos"):
        np.testing.assert_array_equal(getattr(back, name), getattr(was, name))
        assert getattr(back, name).dtype == np.float32
    assert back.measures == put.measures


def test_absent_failed_and_present_are_told_apart(store):
    assert store.get(KEY) is None
    failed = store.put_failure(KEY, "NaN in frame 7, “poses”")
    assert store.get(KEY) == failed
    assert (failed.path, failed.reason) == ("", "NaN in frame 7, “poses”")
    store.put(KEY, motion())
    found = store.get(KEY)
    assert found is not None
    assert found.reason == ""
    with pytest.raises(FormatError, match="gone"):
        store.load(f"cd/{OTHER}.safetensors")


def test_a_header_longer_than_one_read_is_read_whole(store):
    long = motion()
    long.measures["remark"] = "x" * 40000
    store.put(KEY, long)
    found = store.get(KEY)
    assert found is not None
    assert len(found.measures["remark"]) == 40000
    assert store.load(found.path).measures["remark"] == found.measures["remark"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.99])
def test_a_file_cut_short_counts_as_absent(store, share):
    path = store.folder / store.put(KEY, motion()).path
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert store.get(KEY) is None
    with pytest.raises(FormatError, match="run again"):
        store.load(path)
    path.write_bytes(b"\0" * len(content))  # what a power cut can leave
    assert store.get(KEY) is None


def test_a_file_under_another_key_counts_as_absent(store):
    path = store.folder / store.put(KEY, motion()).path
    (store.folder / "cd").mkdir()
    path.rename(store.folder / "cd" / f"{OTHER}.safetensors")
    assert store.get(OTHER) is None


def test_changed_bytes_are_refused(store):
    path = store.folder / store.put(KEY, motion()).path
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert store.get(KEY) is None
    with pytest.raises(FormatError, match=r"its bytes changed .* run again"):
        store.load(path)


def test_no_flipped_bit_is_used(store):
    """Of any place in the file, its time of change put back."""
    put, chance = store.put(KEY, motion()), random.Random(0)
    path, was = store.folder / put.path, store.load(put.path)
    whole, stat = path.read_bytes(), path.stat()
    bits = {*chance.sample(range(8 * len(whole)), 400), *range(64)}
    for bit in sorted(bits):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        found = store.get(KEY)
        assert found in (None, put), bit
        if found is None:
            with pytest.raises(FormatError, match="run again"):
                store.load(put.path)
        else:  # white space in the header
            assert store.load(put.path).measures == was.measures
            np.testing.assert_array_equal(store.load(put.path).dof_pos, was.dof_pos)
    path.write_bytes(whole)
    assert store.get(KEY) == put


def test_an_entry_is_read_whole_once_and_again_when_it_changed(store, monkeypatch):
    put = store.put(KEY, motion())
    assert store.get(KEY) == put
    monkeypatch.setattr("motionlib.stages.store._entry", lambda key, path, content: None)
    assert store.get(KEY) == put
    path = store.folder / put.path
    stat = path.stat()
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert store.get(KEY) is None


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.uint8, np.bool_])
def test_arrays_of_every_type_come_back(store, kind):
    arrays = {"x": np.arange(6).reshape(2, 3).astype(kind)}
    put = store.put_arrays(KEY, arrays, fps=50.0, measures={})
    assert store.get(KEY) == put
    back = store.load_arrays(put.path).arrays["x"]
    np.testing.assert_array_equal(back, arrays["x"])
    assert back.dtype == kind


def test_equal_motions_are_equal_bytes_in_every_process(store, tmp_path):
    """The metadata of safetensors has no order of its own; ours has one key."""
    path = store.folder / store.put(KEY, motion()).path
    first = path.read_bytes()
    program = (
        "import sys, pathlib; from motionlib.stages.store import ClipStore;"
        "a, b, key = sys.argv[1:]; m = ClipStore(pathlib.Path(a)).load(f'ab/{key}.safetensors');"
        "ClipStore(pathlib.Path(b)).put(key, m)"
    )
    command = [sys.executable, "-c", program, str(store.folder), str(tmp_path / "b"), KEY]
    subprocess.run(command, check=True)
    assert (tmp_path / "b" / "ab" / path.name).read_bytes() == first


def test_prune_keeps_what_it_is_told_and_what_others_are_writing(store, dead_pid):
    store.put(KEY, motion())
    store.put(OTHER, motion())
    folder = store.folder / "unfinished"
    ours = folder / f".x.{os.getpid()}-{HOST_TAG}456789ab.tmp"
    dead = folder / f".x.{dead_pid}-{HOST_TAG}456789ab.tmp"
    stranger = folder / "x.safetensors"
    for file in (ours, dead, stranger):
        file.touch()
    assert store.prune([KEY]) == 1
    assert store.get(KEY) is not None
    assert store.get(OTHER) is None
    assert (ours.exists(), dead.exists(), stranger.exists()) == (True, False, True)


def test_a_full_disk_names_the_file_and_leaves_nothing(small_disk):
    store = ClipStore(small_disk)
    with pytest.raises(OSError, match=f"cannot write .*{KEY}"):
        store.put(KEY, motion(100_000))
    assert store.get(KEY) is None
    assert [file for file in small_disk.rglob("*") if file.is_file()] == []

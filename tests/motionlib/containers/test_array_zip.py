import io
import pickle
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from motionlib.containers.array_zip import open_array_zip
from motionlib.errors import FormatError


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12, dtype=np.float32).reshape(4, 3)),
        np.array(7.5),
        np.zeros((0, 3)),
        np.array("male"),
        np.arange(3, dtype=">f8"),
        np.zeros(2, dtype=[("a", "f4"), ("b", "i2")]),
    ],
    ids=["c", "fortran", "scalar", "empty", "text", "big-endian", "fields"],
)
def test_every_plain_array_comes_back(tmp_path: Path, save, array: np.ndarray) -> None:
    path = tmp_path / "a.npz"
    save(path, first=np.ones(5), wanted=array)
    with open_array_zip(path) as archive:
        header = archive.header("wanted")
        read = archive.array("wanted")
    assert header.shape == array.shape
    assert header.dtype == array.dtype
    np.testing.assert_array_equal(read, array)
    assert not read.flags.writeable


def test_a_stored_array_is_a_view_that_outlives_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.arange(1000.0))
    with open_array_zip(path) as archive:
        read = archive.array("a")
    path.unlink()
    assert not read.flags.owndata
    assert read.sum() == 499_500


def test_a_second_version_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.arange(4.0), version=(2, 0))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", stream.getvalue())
    with open_array_zip(path) as archive:
        assert archive.array("a").tolist() == [0, 1, 2, 3]


def _damaged(path: Path, change) -> Path:
    np.savez(path, a=np.arange(100.0), b=np.zeros(3))
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw[: len(raw) // 2], "truncated"),
        (lambda raw: raw[:100], "truncated"),
        (lambda raw: b"", "empty"),
        (lambda raw: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (lambda raw: b"poses = 1, 2, 3\n" * 20, "a text file"),
        (lambda raw: b"\x00\x01\x02" * 50, "no zip"),
        (lambda raw: b"\x93NUMPY\x01\x00" + raw, "a single array"),
    ],
    ids=["half", "start", "empty", "lfs", "text", "binary", "npy"],
)
def test_what_is_no_zip_says_what_it_is(tmp_path: Path, change, says: str) -> None:
    path = _damaged(tmp_path / "a.npz", change)
    with pytest.raises(FormatError, match=says) as caught, open_array_zip(path):
        pass
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(FormatError, match="cannot be read"), open_array_zip(path):
            pass


def test_a_missing_array_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, pose=np.zeros(3))
    with open_array_zip(path) as archive, pytest.raises(FormatError, match="nearest: pose"):
        archive.array("poses")


def test_a_hole_in_the_middle_is_found(tmp_path: Path) -> None:
    path = _damaged(tmp_path / "a.npz", lambda raw: raw[:200] + raw[600:])
    with pytest.raises(FormatError, match="a"), open_array_zip(path) as archive:
        archive.array("a")


def test_compressed_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.random.default_rng(0).random(1000))
    raw = bytearray(path.read_bytes())
    raw[2000:2040] = bytes(40)
    path.write_bytes(raw)
    with open_array_zip(path) as archive, pytest.raises(FormatError, match="cannot be read"):
        archive.array("a")


def test_a_header_that_promises_more_than_there_is(tmp_path: Path) -> None:
    path = _damaged(tmp_path / "a.npz", lambda raw: raw.replace(b"(100,)", b"(999,)"))
    with open_array_zip(path) as archive, pytest.raises(FormatError, match="expected 8120"):
        archive.array("a")


@pytest.mark.parametrize("content", [b"hello", b"\x93NUMPY\x01\x00\x05\x00{'a':", b""])
def test_a_member_that_is_no_array(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", content)
    with open_array_zip(path) as archive, pytest.raises(FormatError, match="a "):
        archive.header("a")


def test_objects_are_refused_but_can_be_had_raw(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array(["x", None], dtype=object))
    with open_array_zip(path) as archive:
        with pytest.raises(FormatError, match="Python objects"):
            archive.array("a")
        assert pickle.loads(archive.raw("a")).tolist() == ["x", None]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(3))
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with open_array_zip(path) as archive, pytest.raises(FormatError, match="encrypted"):
        archive.array("a")


def test_the_last_of_two_members_of_one_name_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        for value in (1.0, 2.0):
            stream = io.BytesIO()
            np.save(stream, np.array(value))
            archive.writestr("a.npy", stream.getvalue())
    with open_array_zip(path) as archive:
        assert archive.array("a") == 2.0

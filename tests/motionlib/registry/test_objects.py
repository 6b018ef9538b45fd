import hashlib

import pytest

from motionlib.registry.manifest import ArtifactFile
from motionlib.registry.objects import (
    describe_file,
    is_intact,
    keep_files,
    object_path,
    restore_file,
    store_file,
)


@pytest.fixture
def source(make_file):
    return make_file(b"bytes")


_EXPECTED = ArtifactFile(sha256=hashlib.sha256(b"bytes").hexdigest(), size=5)


def test_a_stored_file_is_shared_and_described(tmp_path, source):
    root = tmp_path / "root"
    assert store_file(root, source, tmp_path / "one" / "x") == _EXPECTED == describe_file(source)
    assert store_file(root, source, tmp_path / "two" / "x") == _EXPECTED
    stored = object_path(root, _EXPECTED.sha256)
    assert (tmp_path / "one" / "x").stat().st_ino == stored.stat().st_ino
    assert (tmp_path / "two" / "x").stat().st_ino == stored.stat().st_ino
    assert source.stat().st_ino != stored.stat().st_ino


def test_intact_means_there_and_equal(tmp_path, source):
    assert is_intact(source, _EXPECTED)
    assert not is_intact(tmp_path / "gone", _EXPECTED)
    source.write_bytes(b"bytez")
    assert not is_intact(source, _EXPECTED)
    source.write_bytes(b"byte")
    assert not is_intact(source, _EXPECTED)


def test_restoring_mends_the_store_as_well(tmp_path, source):
    root, published = tmp_path / "root", tmp_path / "v0" / "x"
    store_file(root, source, published)
    published.chmod(0o644)
    published.write_bytes(b"wrong")
    restore_file(root, source, published, _EXPECTED)
    assert is_intact(published, _EXPECTED)
    assert is_intact(object_path(root, _EXPECTED.sha256), _EXPECTED)


def test_kept_files_stand_in_a_folder_named_by_content(tmp_path, source):
    files, expected = {"clips/a.npz": source}, {"clips/a.npz": _EXPECTED}
    folder = keep_files(tmp_path / "root", expected, files)
    assert (folder / "clips" / "a.npz").read_bytes() == b"bytes"
    (folder / "clips" / "a.npz").unlink()
    assert keep_files(tmp_path / "root", expected, files) == folder
    assert is_intact(folder / "clips" / "a.npz", _EXPECTED)

import hashlib
import os
import threading

import pytest

from motionlib.errors import RegistryError
from motionlib.files import HOST_TAG
from motionlib.registry.manifest import ArtifactFile
from motionlib.registry.objects import (
    collect_objects,
    describe_file,
    is_intact,
    keep_files,
    object_path,
    restore_file,
    store_file,
    writing,
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
    restore_file(root, source, published, expected=_EXPECTED)
    assert is_intact(published, _EXPECTED)
    assert is_intact(object_path(root, _EXPECTED.sha256), _EXPECTED)


def test_kept_files_stand_in_a_folder_named_by_content(tmp_path, source):
    files, expected = {"clips/a.npz": source}, {"clips/a.npz": _EXPECTED}
    folder = keep_files(tmp_path / "root", expected, files)
    assert (folder / "clips" / "a.npz").read_bytes() == b"bytes"
    (folder / "clips" / "a.npz").unlink()
    assert keep_files(tmp_path / "root", expected, files) == folder
    assert is_intact(folder / "clips" / "a.npz", _EXPECTED)


def test_a_pipe_in_a_files_place_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert not is_intact(tmp_path / "pipe", ArtifactFile(sha256="0" * 64, size=0))


def test_bytes_without_a_version_are_collected_and_nothing_else(tmp_path, source, dead_pid):
    root = tmp_path / "root"
    assert collect_objects(root, ()) == []
    assert not root.exists()
    store_file(root, source, tmp_path / "one" / "x")
    kept = object_path(root, _EXPECTED.sha256)
    orphan, copy = object_path(root, "ab" * 32), object_path(root, "cd" * 32)
    left = kept.parent / f".x.{dead_pid}-{HOST_TAG}456789ab.tmp"
    strangers = [kept.parent / "notes.txt", kept.parent / ("ef" * 32)]
    for path in (orphan, copy, left, *strangers):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert collect_objects(root, {"cd" * 32}) == [left, orphan]
    assert all(path.exists() for path in (kept, copy, *strangers))
    assert not orphan.exists()


def test_who_collects_waits_for_who_writes(tmp_path, source):
    root = tmp_path / "root"
    orphan = object_path(root, "ab" * 32)
    orphan.parent.mkdir(parents=True)
    orphan.touch()
    with writing(root), writing(root):
        collector = threading.Thread(target=collect_objects, args=(root, ()))
        collector.start()
        collector.join(0.2)
        assert collector.is_alive()
        assert orphan.exists()
    collector.join(10)
    assert not orphan.exists()


def test_a_link_out_of_the_store_is_not_followed(tmp_path, source):
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / "objects").mkdir(parents=True)
    (root / "objects" / _EXPECTED.sha256[:2]).symlink_to(elsewhere)
    with pytest.raises(RegistryError, match="symbolic link"):
        store_file(root, source, tmp_path / "one" / "x")
    assert not list(elsewhere.iterdir())

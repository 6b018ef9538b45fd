import os
import signal
import stat
import threading
import time

import pytest

from motionlib.files import (
    HOST_TAG,
    atomic_folder,
    atomic_path,
    crc32_of_file,
    data_folder,
    locked,
    motion_home,
    sha256_of_bytes,
    sha256_of_file,
    sha256_once,
    sweep_leftovers,
    sweep_tree,
    sync_folder,
    temporary_beside,
    write_bytes,
    write_text,
)


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _fail_halfway(path, error):
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"half")
        raise error


def test_content_appears_whole_with_ordinary_permissions(tmp_path):
    path = tmp_path / "new" / "x.txt"
    write_text(path, "grün\n")
    plain = tmp_path / "plain"
    plain.touch()
    assert path.read_bytes() == "grün\n".encode()
    assert _names(path.parent) == ["x.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_an_exception_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "x"
    write_bytes(path, b"old")
    for error in (ValueError, KeyboardInterrupt, SystemExit):
        with pytest.raises(error):
            _fail_halfway(path, error)
        assert path.read_bytes() == b"old"
        assert _names(tmp_path) == ["x"]


def test_an_os_error_of_the_body_about_another_file_keeps_its_name(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(FileNotFoundError) as caught, atomic_path(path):
        (tmp_path / "input.npz").read_bytes()
    assert caught.value.filename == str(tmp_path / "input.npz")
    assert _names(tmp_path) == []


def test_the_target_being_a_folder_is_an_error_that_names_it(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError, match=r"cannot write .*x") as caught:
        write_bytes(tmp_path / "x", b"content")
    assert caught.value.filename == str(tmp_path / "x")
    assert _names(tmp_path) == ["x"]


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot write .*file/x\.npz"):
        write_bytes(tmp_path / "file" / "x.npz", b"content")


def test_a_long_name_still_fits(tmp_path):
    path = tmp_path / ("n" * 250)
    write_bytes(path, b"content")
    assert path.read_bytes() == b"content"


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "x"
    write_bytes(target, b"old")
    (tmp_path / "link").symlink_to(target)
    write_bytes(tmp_path / "link", b"new")
    assert target.read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


def test_a_full_disk_keeps_the_old_file(small_disk):
    path = small_disk / "x"
    write_bytes(path, b"old")
    with pytest.raises(OSError, match=r"cannot write .*x: No space left on device"):
        write_bytes(path, b"n" * (2 << 20))
    assert path.read_bytes() == b"old"
    assert _names(small_disk) == ["x"]
    write_bytes(path, b"n" * (500 << 10))
    assert path.stat().st_size == 500 << 10


_WRITER = """
import sys, time
from pathlib import Path
from motionlib.files import atomic_path
try:
    with atomic_path(Path(sys.argv[1])) as temporary:
        with temporary.open("wb") as file:
            file.write(b"half"); file.flush()
            time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""


def _is_half_written(folder):
    return any(path.read_bytes() == b"half" for path in folder.glob(".x.*.tmp"))


def test_ctrl_c_of_a_real_process_leaves_nothing(tmp_path, run_child):
    write_bytes(tmp_path / "x", b"old")
    child = run_child(_WRITER, tmp_path / "x")
    child.wait_until(lambda: _is_half_written(tmp_path))
    assert child.signal(signal.SIGINT)[0] == "interrupted\n"
    assert _names(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def test_kill_9_of_a_real_process_leaves_the_old_file_and_a_dotted_leftover(tmp_path, run_child):
    write_bytes(tmp_path / "x", b"old")
    child = run_child(_WRITER, tmp_path / "x")
    child.wait_until(lambda: _is_half_written(tmp_path))
    child.signal(signal.SIGKILL)
    assert (tmp_path / "x").read_bytes() == b"old"
    leftover, kept = _names(tmp_path)
    assert kept == "x"
    assert leftover.startswith(".x.")
    assert leftover.endswith(".tmp")
    write_bytes(tmp_path / "x", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


def test_hashes_agree(tmp_path):
    content = os.urandom(3 << 20)
    write_bytes(tmp_path / "x", content)
    assert sha256_of_file(tmp_path / "x") == sha256_of_bytes(content)
    assert sha256_of_bytes(b"").startswith("e3b0c44298fc1c14")


def test_homes(tmp_path, monkeypatch):
    monkeypatch.setenv("MOTION_HOME", str(tmp_path / "a" / ".." / "b"))
    assert motion_home() == tmp_path / "b"
    monkeypatch.delenv("MOTION_HOME")
    monkeypatch.chdir(tmp_path)
    assert motion_home() == tmp_path / ".motion"
    assert (data_folder() / "robots").is_dir()
    sync_folder(tmp_path)


_HOLDER = """
import sys, time
from pathlib import Path
from motionlib.files import locked
with locked(Path(sys.argv[1])):
    Path(sys.argv[2]).touch()
    time.sleep(60)
"""


def test_two_threads_take_turns(tmp_path):
    inside, most = [], []

    def enter() -> None:
        with locked(tmp_path / "lock"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_the_lock_of_a_killed_process_is_free(tmp_path, run_child):
    child = run_child(_HOLDER, tmp_path / "folder" / ".lock", tmp_path / "held")
    child.wait_until((tmp_path / "held").exists)
    child.signal(signal.SIGKILL)
    with locked(tmp_path / "folder" / ".lock"):
        assert (tmp_path / "folder" / ".lock").exists()


def test_a_sweep_knows_its_own_names_and_lets_strangers_be(tmp_path, dead_pid):
    dead, hexes = dead_pid, f"{HOST_TAG}456789ab"
    ours = [
        f".latest.json.{dead}-{hexes}.tmp",
        f".0ab1.{dead}-{hexes}.tmp",
        f".x.{dead}-{hexes}.tmp",
    ]
    alive = [f".x.{os.getpid()}-{hexes}.tmp", f".x.{os.getppid()}-{hexes}.tmp"]
    strangers = [
        ".latest.json.0123456789ab.tmp",
        ".swp.tmp",
        ".tmp",
        f"x.{dead}-{hexes}.tmp",
        f".x.{dead}-{hexes}.tmp~",
        f".x.{dead}.tmp",
        f".x.99999999999999999999-{HOST_TAG}456789ab.tmp",
        "clip.npz",
    ]
    for name in (*ours[:1], *alive, *strangers):
        (tmp_path / name).touch()
    (tmp_path / ours[1]).mkdir()
    (tmp_path / ours[1] / "half").touch()
    (tmp_path / ours[2]).symlink_to(tmp_path / "clip.npz")
    assert sorted(path.name for path in sweep_leftovers(tmp_path)) == sorted(ours)
    assert set(_names(tmp_path)) == {*alive, *strangers}
    assert sweep_leftovers(tmp_path / "gone") == []


def test_what_another_machine_writes_stays_for_a_week(tmp_path, dead_pid):
    tag = f"{int(HOST_TAG, 16) ^ 1:04x}"
    fresh, old = (tmp_path / f".{name}.{dead_pid}-{tag}456789ab.tmp" for name in ("new", "old"))
    for path in (fresh, old):
        path.touch()
    long_ago = time.time() - 8 * 86400
    os.utime(old, (long_ago, long_ago))
    assert sweep_leftovers(tmp_path) == [old]
    assert fresh.exists()


def test_what_a_kill_9_left_is_swept_by_its_name(tmp_path, run_child):
    child = run_child(_WRITER, tmp_path / "seen_files")
    child.wait_until(lambda: any(p.read_bytes() for p in tmp_path.glob(".seen_files.*.tmp")))
    assert sweep_leftovers(tmp_path) == []
    child.signal(signal.SIGKILL)
    assert len(sweep_leftovers(tmp_path)) == 1
    assert _names(tmp_path) == []


def test_temporary_names_differ_and_fit(tmp_path):
    names = {temporary_beside(tmp_path / ("ü" * 120)).name for _ in range(50)}
    assert len(names) == 50
    assert all(len(name.encode()) < 255 for name in names)


def _make_half_a_folder(path):
    with atomic_folder(path) as folder:
        (folder / "a").write_text("half")
        raise KeyboardInterrupt


def test_a_folder_appears_at_once_or_not_at_all(tmp_path):
    with atomic_folder(tmp_path / "x") as folder:
        (folder / "a").write_text("one")
        assert not (tmp_path / "x").exists()
    assert _names(tmp_path) == ["x"]
    with pytest.raises(KeyboardInterrupt):
        _make_half_a_folder(tmp_path / "x")
    assert (tmp_path / "x" / "a").read_text() == "one"
    with atomic_folder(tmp_path / "x") as folder:
        (folder / "b").write_text("two")
    assert _names(tmp_path / "x") == ["b"]
    assert _names(tmp_path) == ["x"]


def test_a_hash_is_taken_once_until_the_file_changes_whatever_its_time_says(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"0" * 100)
    time.sleep(0.15)
    first, stat_before = sha256_once(path), path.stat()
    monkeypatch.setattr("motionlib.files.sha256_of_file", lambda path: "read again")
    assert sha256_once(path) == first
    tmp_path.rename(tmp_path.with_name("renamed"))
    path = tmp_path.with_name("renamed") / path.name
    assert sha256_once(path) == first, "its folder's new name changes nothing"
    path.write_bytes(b"0" * 99 + b"1")
    os.utime(path, ns=(stat_before.st_atime_ns, stat_before.st_mtime_ns))
    assert path.stat().st_mtime_ns == stat_before.st_mtime_ns
    assert sha256_once(path) == "read again"


def test_the_crc_is_zlib_s(tmp_path):
    (tmp_path / "x").write_bytes(b"123456789")
    assert crc32_of_file(tmp_path / "x") == 0xCBF43926


def test_a_whole_tree_is_swept_without_leaving_it(tmp_path, dead_pid):
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    (tree / "a" / "b").mkdir(parents=True)
    outside.mkdir()
    (tree / "link").symlink_to(outside)
    lefts = [
        each / f".x.{dead_pid}-{HOST_TAG}456789ab.tmp" for each in (tree, tree / "a" / "b", outside)
    ]
    for left in lefts:
        left.touch()
    assert sweep_tree(tree) == lefts[:2]
    assert [left.exists() for left in lefts] == [False, False, True]
    assert sweep_tree(tmp_path / "gone") == []


def test_shared_locks_are_held_together_and_shut_out_the_other_kind(tmp_path):
    path, order = tmp_path / "lock", []

    def alone():
        with locked(path):
            order.append("alone")

    with locked(path, shared=True), locked(path, shared=True):
        thread = threading.Thread(target=alone)
        thread.start()
        thread.join(0.2)
        order.append("together")
    thread.join(10)
    assert order == ["together", "alone"]

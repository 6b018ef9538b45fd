import os
import signal
import stat

import pytest

from motionlib.files import (
    atomic_path,
    data_folder,
    motion_home,
    sha256_of_bytes,
    sha256_of_file,
    sync_folder,
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

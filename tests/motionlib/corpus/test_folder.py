import os
from pathlib import Path

import pytest

from motionlib.corpus.folder import walk_recordings
from motionlib.errors import FormatError


def _touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _paths(root: Path, **patterns) -> list[str]:
    return [file.path for file in walk_recordings(root, **patterns)]


def test_recordings_of_both_kinds_sorted_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b/y.bvh", "b/x_poses.npz", "a/Z.NPZ", "top.npz", "b/shape.npz", "b/m_stagei.npz"):
        _touch(tmp_path / name)
    for name in ("b/readme.txt", ".hidden.npz", ".cache/x.npz", "b/._x_poses.npz", "b/list.yaml"):
        _touch(tmp_path / name)
    assert _paths(tmp_path) == ["a/Z.NPZ", "b/x_poses.npz", "b/y.bvh", "top.npz"]


def test_size_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    path = _touch(tmp_path / "a.npz", b"12345")
    os.utime(path, ns=(7, 1_600_000_000_123_456_789))
    (found,) = walk_recordings(tmp_path)
    assert (found.bytes, found.mtime_ns, found.problem) == (5, 1_600_000_000_123_456_789, "")


def test_blanks_and_letters_beyond_ascii(tmp_path: Path) -> None:
    _touch(tmp_path / "Tänzer Ω" / "ein Sprung (2).npz")
    assert _paths(tmp_path) == ["Tänzer Ω/ein Sprung (2).npz"]


def test_a_loop_of_links_ends_and_is_told(tmp_path: Path) -> None:
    _touch(tmp_path / "CMU" / "01" / "a.npz")
    (tmp_path / "CMU" / "01" / "back").symlink_to(tmp_path / "CMU")
    (tmp_path / "CMU" / "up").symlink_to(tmp_path)
    found = {file.path: file.problem for file in walk_recordings(tmp_path)}
    assert found == {
        "CMU/01/a.npz": "",
        "CMU/01/back": "link to the folder CMU, which is read there",
        "CMU/up": "link to the folder ., which is read there",
    }


def test_a_linked_folder_and_a_linked_file_are_read(tmp_path: Path) -> None:
    _touch(tmp_path / "elsewhere" / "a.npz")
    root = tmp_path / "root"
    root.mkdir()
    (root / "CMU").symlink_to(tmp_path / "elsewhere")
    (root / "b.npz").symlink_to(tmp_path / "elsewhere" / "a.npz")
    assert _paths(root) == ["CMU/a.npz", "b.npz"]


def test_a_link_to_itself_and_a_broken_one_are_told(tmp_path: Path) -> None:
    (tmp_path / "self.npz").symlink_to("self.npz")
    (tmp_path / "gone.npz").symlink_to("nowhere")
    (tmp_path / "gone.txt").symlink_to("nowhere")
    (tmp_path / "folder").symlink_to("nowhere")
    found = {file.path: file.problem for file in walk_recordings(tmp_path)}
    assert sorted(found) == ["folder", "gone.npz", "self.npz"]
    assert all("cannot be read" in problem for problem in found.values())


def test_what_is_no_regular_file_is_told_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.npz")
    (found,) = walk_recordings(tmp_path)
    assert "no regular file" in found.problem


def test_a_folder_with_the_name_of_a_recording_is_walked(tmp_path: Path) -> None:
    _touch(tmp_path / "x.npz" / "a.npz")
    assert _paths(tmp_path) == ["x.npz/a.npz"]


@pytest.mark.parametrize("own", [False, True])
def test_a_folder_that_cannot_be_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    _touch(tmp_path / "closed" / "a.npz")
    _touch(tmp_path / "open" / "b.npz")
    if own and os.geteuid() == 0:
        pytest.skip("the superuser opens every folder")
    if own:
        (tmp_path / "closed").chmod(0)
    else:
        real = os.scandir

        def refuse(path):
            if Path(path).name == "closed":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", refuse)
    found = {file.path: file.problem for file in walk_recordings(tmp_path)}
    (tmp_path / "closed").chmod(0o700)
    assert found["open/b.npz"] == ""
    assert found["closed"] == "folder cannot be read (Permission denied)"


def test_a_name_that_is_no_utf8_is_told_in_utf8(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/walk_\xff.npz"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes no such names")
    (found,) = walk_recordings(tmp_path)
    assert found.path == "walk_\\xff.npz"
    assert "not UTF-8" in found.problem


def test_patterns_choose(tmp_path: Path) -> None:
    for name in ("CMU/a.npz", "CMU/b_treadmill.npz", "KIT/c.npz"):
        _touch(tmp_path / name)
    assert _paths(tmp_path, include=("CMU/*",)) == ["CMU/a.npz", "CMU/b_treadmill.npz"]
    assert _paths(tmp_path, exclude=("*treadmill*", "KIT/*")) == ["CMU/a.npz"]


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such folder"):
        walk_recordings(tmp_path / "none")

import io
import os
from pathlib import Path

import numpy as np
import pytest

from motionlib.corpus import scan
from motionlib.corpus.scan import scan_folder
from motionlib.files import sha256_of_file


def _clip(path: Path, frames: int = 3, **changes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    poses, trans = np.zeros((frames, 156)), np.zeros((frames, 3))
    np.savez(path, **{"poses": poses, "trans": trans, "mocap_framerate": 60.0, **changes})
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        _clip(tmp_path / "amass" / "CMU" / f"{number}.npz", frames=number + 1)
    return tmp_path / "amass"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that a scan in this process opens."""
    names: list[str] = []
    real = scan.sha256_of_file

    def hashed(path: Path) -> str:
        names.append(path.name)
        return real(path)

    monkeypatch.setattr(scan, "sha256_of_file", hashed)
    return names


def test_every_file_with_its_hash_and_facts(folder: Path) -> None:
    files = scan_folder(folder, progress=False)
    assert [file.path for file in files] == [f"CMU/{n}.npz" for n in range(6)]
    assert [file.facts.frames for file in files] == [1, 2, 3, 4, 5, 6]
    assert files[2].sha256 == sha256_of_file(folder / "CMU/2.npz")


def test_processes_find_what_one_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = scan_folder(folder, processes=1, progress=False)
    monkeypatch.setattr(scan, "_FEW_FILES", 0)
    monkeypatch.setattr(scan, "_FEW_BYTES", 0)
    assert scan_folder(folder, processes=2, progress=False) == one


def test_unchanged_files_are_not_opened(folder: Path, tmp_path: Path, read: list[str]) -> None:
    memory = tmp_path / "memory.json"
    first = scan_folder(folder, memory=memory, progress=False)
    assert len(read) == 6
    assert scan_folder(folder, memory=memory, progress=False) == first
    assert len(read) == 6


def test_only_what_changed_is_read_again(folder: Path, tmp_path: Path, read: list[str]) -> None:
    memory = tmp_path / "memory.json"
    scan_folder(folder, memory=memory, progress=False)
    read.clear()
    _clip(folder / "CMU/3.npz", frames=9)
    _clip(folder / "CMU/new.npz")
    (folder / "CMU/0.npz").unlink()
    files = {file.path: file for file in scan_folder(folder, memory=memory, progress=False)}
    assert sorted(read) == ["3.npz", "new.npz"]
    assert files["CMU/3.npz"].facts.frames == 9
    assert "CMU/0.npz" not in files


def test_a_touched_file_is_hashed_and_is_the_same(
    folder: Path, tmp_path: Path, read: list[str]
) -> None:
    memory = tmp_path / "memory.json"
    before = scan_folder(folder, memory=memory, progress=False)
    read.clear()
    os.utime(folder / "CMU/1.npz", ns=(5, 5))
    after = scan_folder(folder, memory=memory, progress=False)
    assert read == ["1.npz"]
    assert [file.sha256 for file in after] == [file.sha256 for file in before]


def test_a_file_rewritten_with_its_old_size_is_noticed_by_its_time(
    folder: Path, tmp_path: Path
) -> None:
    memory, path = tmp_path / "memory.json", folder / "CMU/1.npz"
    before = scan_folder(folder, memory=memory, progress=False)
    size = path.stat().st_size
    _clip(path, frames=2, trans=np.ones((2, 3)))
    assert path.stat().st_size == size
    os.utime(path, ns=(9, 9))
    after = scan_folder(folder, memory=memory, progress=False)
    assert after[1].sha256 != before[1].sha256


def test_a_bad_file_costs_its_own_facts_only(folder: Path, tmp_path: Path, read: list[str]) -> None:
    (folder / "CMU/2.npz").write_text("not a zip at all, no")
    memory = tmp_path / "memory.json"
    files = scan_folder(folder, memory=memory, progress=False)
    bad = [file for file in files if file.facts is None]
    assert [file.path for file in bad] == ["CMU/2.npz"]
    assert bad[0].error.startswith("CMU/2.npz: a text file")
    assert bad[0].sha256
    read.clear()
    assert scan_folder(folder, memory=memory, progress=False) == files
    assert read == []


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_an_unreadable_file_is_told_and_tried_again(
    folder: Path, tmp_path: Path, read: list[str]
) -> None:
    (folder / "CMU/x.npz").symlink_to("/proc/self/mem")  # opens, and fails to be read
    memory = tmp_path / "memory.json"
    for _ in range(2):
        bad = scan_folder(folder, memory=memory, progress=False)[-1]
        assert (bad.sha256, bad.facts) == ("", None)
        assert bad.error.startswith("CMU/x.npz: cannot be read")
    assert read.count("x.npz") == 2


def test_what_was_hashed_before_an_interruption_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory.json"
    names: list[str] = []
    real = scan.sha256_of_file

    def stopped(path: Path) -> str:
        names.append(path.name)
        if len(names) == 4:
            raise KeyboardInterrupt
        return real(path)

    monkeypatch.setattr(scan, "sha256_of_file", stopped)
    with pytest.raises(KeyboardInterrupt):
        scan_folder(folder, memory=memory, progress=False)
    names.clear()
    names += ["counting"] * 4
    assert len(scan_folder(folder, memory=memory, progress=False)) == 6
    assert names[4:] == ["3.npz", "4.npz", "5.npz"]


def test_files_that_patterns_hide_stay_in_memory(
    folder: Path, tmp_path: Path, read: list[str]
) -> None:
    memory = tmp_path / "memory.json"
    scan_folder(folder, memory=memory, progress=False)
    _clip(folder / "CMU/1.npz", frames=9)
    read.clear()
    assert len(scan_folder(folder, include=("*/1.npz",), memory=memory, progress=False)) == 1
    assert len(scan_folder(folder, memory=memory, progress=False)) == 6
    assert read == ["1.npz"]


def test_a_file_that_is_gone_leaves_the_memory(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    scan_folder(folder, memory=memory, progress=False)
    (folder / "CMU/1.npz").unlink()
    scan_folder(folder, memory=memory, progress=False)
    assert "CMU/1.npz" not in memory.read_text()


def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What stands for standard error from now on; pytest puts back its own between phases."""
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_one_bar_counts_the_files_to_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    scan_folder(folder, progress=True)
    assert "| 0/6 [" in stream.getvalue()


def test_a_pipe_gets_no_bar(folder: Path, capsys) -> None:
    scan_folder(folder, progress=True)
    assert capsys.readouterr().err == ""


def test_an_unchanged_folder_shows_no_bar(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = terminal(monkeypatch)
    memory = tmp_path / "memory.json"
    scan_folder(folder, memory=memory, progress=False)
    scan_folder(folder, memory=memory, progress=True)
    assert stream.getvalue() == ""

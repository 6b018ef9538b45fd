"""Directories that contradict their file."""

import mmap
import zipfile
from pathlib import Path

import pytest

from motionlib.containers.zip_directory import (
    check_members_fit,
    checked_directory_count,
    data_offset,
)
from motionlib.errors import FormatError


def opened(path: Path, content: bytes) -> tuple[mmap.mmap, list[zipfile.ZipInfo]]:
    path.write_bytes(content)
    with path.open("rb") as file, zipfile.ZipFile(path) as archive:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), archive.infolist()


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("first", "a name of 18 chars", "last"):
            archive.writestr(name, name * 3)
    return path.read_bytes()


def test_a_sound_directory_is_counted_and_members_are_found(tmp_path: Path, content) -> None:
    path = tmp_path / "a.zip"
    mapped, infos = opened(path, content)
    assert checked_directory_count(mapped, path) == 3
    check_members_fit(infos, 3, mapped, path)
    check_members_fit(infos, None, mapped, path)
    for info in infos:
        offset = data_offset(mapped, info)
        assert mapped[offset : offset + info.file_size].decode() == info.filename * 3


def test_a_member_that_a_damaged_length_passes_over_is_missed(tmp_path: Path, content) -> None:
    changed = bytearray(content)
    changed[content.index(b"PK\x01\x02") + 32] ^= 64  # a comment as long as the next line
    mapped, infos = opened(tmp_path / "a.zip", bytes(changed))
    assert [info.filename for info in infos] == ["first", "last"]
    count = checked_directory_count(mapped, tmp_path / "a.zip")
    with pytest.raises(FormatError, match="has 2 members and announces 3"):
        check_members_fit(infos, count, mapped, tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("place", "what"), [(14, "crc"), (18, "size"), (8, "method"), (30, "name")]
)
def test_a_member_whose_own_header_says_otherwise_is_refused(
    tmp_path: Path, content, place: int, what: str
) -> None:
    changed = bytearray(content)
    changed[place] ^= 1
    mapped, infos = opened(tmp_path / "a.zip", bytes(changed))
    with pytest.raises(FormatError, match=r"a\.zip: a member is not where, or what"):
        check_members_fit(infos, 3, mapped, tmp_path / "a.zip")


def test_sizes_that_cannot_be_are_refused(tmp_path: Path, content) -> None:
    mapped, infos = opened(tmp_path / "a.zip", content)
    infos[0].compress_size = 1000
    with pytest.raises(FormatError, match="lie over each other"):
        check_members_fit(infos, 3, mapped, tmp_path / "a.zip")
    infos[0].compress_size, infos[0].file_size = 15, 1 << 40
    with pytest.raises(FormatError, match="claim to unpack"):
        check_members_fit(infos, 3, mapped, tmp_path / "a.zip")


def test_no_end_record(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"nothing of a zip" * 9)
    with (tmp_path / "a").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with pytest.raises(zipfile.BadZipFile, match="no directory"):
        checked_directory_count(mapped, tmp_path / "a")

"""Members of a zip: mapped or unpacked, compared with their checksums, never out of proportion."""

import zipfile

import pytest

from motionlib.errors import FormatError, KindError
from motionlib.formats.bounds import FREE_BYTES
from motionlib.formats.zip_members import open_zip


def write(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_back(tmp_path, method) -> None:
    path = write(tmp_path / "a.zip", {"a/b": b"hello", "c": b""}, method)
    with open_zip(path, "a zip") as archive:
        assert "a/b" in archive
        assert archive.size("a/b") == 5
        assert archive.head("a/b", 2) == b"he"
        found = archive.content("a/b")
        assert found.buffer[found.start : found.start + found.size] == b"hello"
        with pytest.raises(FormatError, match=r"d is missing; found a/b, c"):
            archive.content("d")


def test_a_flipped_bit_is_noticed_when_the_member_is_taken(tmp_path) -> None:
    path = write(tmp_path / "a.zip", {"a": bytes(1000)})
    raw = bytearray(path.read_bytes())
    raw[500] ^= 1
    path.write_bytes(raw)
    with open_zip(path, "a zip") as archive:
        with pytest.raises(FormatError, match="a cannot be read: its bytes do not have the check"):
            archive.content("a")
        assert archive.content("a", checked=False).size == 1000


def test_what_unpacks_to_a_thousand_times_is_not_unpacked(tmp_path) -> None:
    path = write(tmp_path / "a.zip", {"a": bytes(2 * FREE_BYTES)}, zipfile.ZIP_DEFLATED)
    with (
        pytest.raises(FormatError, match=r"a\.zip: .* bytes claim to unpack to"),
        open_zip(path, "x"),
    ):
        pass
    # beside enough that is not packed, the member itself is looked at
    path = tmp_path / "b.zip"
    write(path, {"a": bytes(2 * FREE_BYTES)}, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("plain", bytes(FREE_BYTES), zipfile.ZIP_STORED)
    with open_zip(path, "x") as opened, pytest.raises(FormatError, match=r"b\.zip: a: .* packed"):
        opened.content("a")


def test_other_files_are_of_another_kind(tmp_path) -> None:
    for content in (b"", b"hello", b"PK\x05\x06"):
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(KindError, match="not a thing"), open_zip(tmp_path / "a", "a thing"):
            pass

"""Members of a zip: never out of proportion, and of a changed bit the same bytes or a refusal."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from motionlib.containers.array_zip import open_array_zip
from motionlib.containers.bounds import FREE_BYTES
from motionlib.containers.torch_file import load_torch_dict
from motionlib.containers.zip_members import check_members, open_zip
from motionlib.errors import FormatError, KindError
from tests.flips import drawn_bits, flipped, refused_flips

ARRAYS = {
    "poses": np.random.default_rng(0).random((40, 6)),
    "trans": np.asfortranarray(np.random.default_rng(1).random((40, 3))),
    "gender": np.array("female"),
    # as long a name as one bit of a comment's length can make the directory pass over
    "body_lin_vel_w": np.arange(5, dtype=">i4"),
}


def read(path: Path) -> dict[str, np.ndarray]:
    with open_array_zip(path) as archive:
        return {name: archive.array(name) for name in archive.members}


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return list(a) == list(b) and all(
        a[key].dtype == b[key].dtype and np.array_equal(a[key], b[key]) for key in a
    )


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_no_flip_in_a_zip_of_arrays_changes_what_is_read(tmp_path: Path, save) -> None:
    save(tmp_path / "a.npz", **ARRAYS)
    content = (tmp_path / "a.npz").read_bytes()
    # every bit of the directory: it decides what there is at all
    directory = range(8 * content.index(b"PK\x01\x02"), 8 * len(content))
    bits = [*drawn_bits(content, 300), *directory]
    refused = refused_flips(tmp_path / "a.npz", read, lambda found: same(found, ARRAYS), bits)
    assert refused > len(bits) // 2


@pytest.mark.parametrize("name", ["poses", "trans"])
def test_a_flip_in_the_numbers_is_always_refused(tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "a.npz", **ARRAYS)
    content = (tmp_path / "a.npz").read_bytes()
    start = content.index(ARRAYS[name].tobytes("A"))
    for place in np.random.default_rng(3).integers(8 * ARRAYS[name].nbytes, size=100).tolist():
        (tmp_path / "b.npz").write_bytes(flipped(content, 8 * start + place))
        with open_array_zip(tmp_path / "b.npz") as archive:
            others = [archive.array(other) for other in ARRAYS if other != name]
            assert len(others) == len(ARRAYS) - 1
            with pytest.raises(FormatError, match=rf"b\.npz: {name}.* cannot be read.*checksum"):
                archive.array(name)


def test_no_flip_in_a_torch_file_changes_what_is_read(tmp_path: Path) -> None:
    made = {"a": torch.rand(30, 3), "names": ("x", "y"), "n": torch.arange(3), "fps": 30.0}
    torch.save(made, tmp_path / "a.motion")

    def unchanged(found: Mapping[str, Any]) -> bool:
        plain = (found["names"], found["fps"]) == (made["names"], made["fps"])
        return plain and all(torch.equal(found[key], made[key]) for key in ("a", "n"))

    path = tmp_path / "a.motion"
    bits = drawn_bits(path.read_bytes(), 300)
    assert refused_flips(path, load_torch_dict, unchanged, bits) > len(bits) // 4


def test_a_mapped_file_has_its_small_members_checked_and_large_ones_left_out(
    tmp_path: Path,
) -> None:
    torch.save({"large": torch.zeros(300_000), "small": torch.ones(8)}, tmp_path / "a.pt")
    content = bytearray((tmp_path / "a.pt").read_bytes())
    large = content.index(bytes(1_100_000))
    content[large + 1000] ^= 1
    (tmp_path / "a.pt").write_bytes(content)
    assert load_torch_dict(tmp_path / "a.pt", mmap=True)["small"].sum() == 8
    with pytest.raises(FormatError, match=r"a\.pt: a/data/0 .*checksum"):
        load_torch_dict(tmp_path / "a.pt")
    content[content.index(torch.ones(8).numpy().tobytes())] ^= 1
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.pt: a/data/1 .*checksum"):
        load_torch_dict(tmp_path / "a.pt", mmap=True)


def test_a_file_that_torch_wrote_without_checksums_is_read(tmp_path: Path) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({"a": torch.arange(5)}, tmp_path / "a.pt")
    finally:
        torch.serialization.set_crc32_options(True)
    assert not check_members(tmp_path / "a.pt", "a zip")
    assert load_torch_dict(tmp_path / "a.pt")["a"].tolist() == [0, 1, 2, 3, 4]


def test_a_packed_member_is_unpacked_and_checked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(range(256)) * 40)
    assert check_members(tmp_path / "a.zip", "a zip")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[60] ^= 4
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.zip: x cannot be read"):
        check_members(tmp_path / "a.zip", "a zip")


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

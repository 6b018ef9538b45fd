import io
import zipfile

import pytest
import torch

from training.sealing import BrokenSealError, check_seal, sealed


def archive(packing: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        file.writestr("a", b"\0" * 1000)
    return buffer.getvalue()


def test_a_seal_is_the_archives_comment() -> None:
    content = sealed(archive())
    check_seal(content)
    file = zipfile.ZipFile(io.BytesIO(content))
    assert file.comment.startswith(b"motion-workbench sha256 ")
    assert file.read("a") == b"\0" * 1000


def test_every_bit_is_covered() -> None:
    content = sealed(archive())
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BrokenSealError):
            check_seal(bytes(flipped))
    for length in range(len(content)):
        with pytest.raises(BrokenSealError):
            check_seal(content[:length])
    with pytest.raises(BrokenSealError):
        check_seal(content + b"x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive(), "no checksum of ours"),
        (b"", "cut short"),
        (b"PK\x05\x06" + b"\0" * 30, "cut short"),
        (sealed(archive(zipfile.ZIP_DEFLATED)), "compressed members"),
    ],
)
def test_says_in_what_way(content: bytes, message: str) -> None:
    with pytest.raises(BrokenSealError, match=message):
        check_seal(content)


def test_only_a_bare_archive_is_sealed() -> None:
    with pytest.raises(ValueError, match="without a comment"):
        sealed(sealed(archive()))
    with pytest.raises(ValueError, match="zip archive"):
        sealed(b"PK")


def test_torch_reads_what_is_sealed() -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.arange(5)}, buffer)
    read = torch.load(io.BytesIO(sealed(buffer.getvalue())), weights_only=True)
    assert read["a"].tolist() == [0, 1, 2, 3, 4]

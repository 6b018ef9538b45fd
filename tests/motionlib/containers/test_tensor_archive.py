"""A torch file filled row by row: sound for every reader, equal bytes, nothing half full."""

import zipfile
from pathlib import Path

import pytest
import torch

from motionlib.containers.tensor_archive import Blank, TensorArchive

BLANKS = {
    "a": Blank((100, 3, 2), torch.float32),
    "b": Blank((100,), torch.bool),
    "c": Blank((4,), torch.int64),
}
PLAIN = {"files": ("x", "ü"), "head": {"k": 1, "names": ("y",)}}


def write(path: Path) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    a = torch.rand((100, 3, 2), generator=generator)
    filled = {"a": a, "b": a[:, 0, 0] > 0.5, "c": torch.arange(4)}
    with TensorArchive(path, BLANKS, PLAIN) as archive:
        archive.append("c", filled["c"])
        for rows in (slice(0, 7), slice(7, 8), slice(8, 100)):
            archive.append("a", filled["a"][rows])
            archive.append("b", filled["b"][rows])
    return filled


@pytest.mark.parametrize("mmap", [False, True])
def test_torch_reads_what_was_written(tmp_path: Path, mmap: bool) -> None:
    filled = write(tmp_path / "x.pt")
    read = torch.load(tmp_path / "x.pt", weights_only=True, mmap=mmap)
    assert list(read) == [*BLANKS, *PLAIN]
    for key, tensor in filled.items():
        assert torch.equal(read[key], tensor)
        assert read[key].dtype == tensor.dtype
    assert {key: read[key] for key in PLAIN} == PLAIN


def test_checksums_are_right_for_any_zip_program(tmp_path: Path) -> None:
    write(tmp_path / "x.pt")
    with zipfile.ZipFile(tmp_path / "x.pt") as archive:
        assert archive.testzip() is None
        assert archive.getinfo("archive/data/0").CRC != 0
    content = bytearray((tmp_path / "x.pt").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "y.pt").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "y.pt") as archive:
        assert archive.testzip() == "archive/data/0"


def test_equal_content_gives_equal_bytes_under_any_name(tmp_path: Path) -> None:
    write(tmp_path / "x.pt")
    write(tmp_path / "another name.pt")
    assert (tmp_path / "x.pt").read_bytes() == (tmp_path / "another name.pt").read_bytes()


def test_rows_that_are_missing_or_too_many_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="a, c: fewer rows"),
        TensorArchive(tmp_path / "x.pt", BLANKS, PLAIN) as archive,
    ):
        archive.append("b", torch.zeros(100, dtype=torch.bool))
    with (
        pytest.raises(ValueError, match="c: more rows"),
        TensorArchive(tmp_path / "x.pt", BLANKS, PLAIN) as archive,
    ):
        archive.append("c", torch.arange(5))


def test_a_dict_may_hold_tensors_that_come_last(tmp_path: Path) -> None:
    plain = {"files": ("x",), "head": {"k": 1, "sums": Blank((3,), torch.int64), "z": "y"}}
    with TensorArchive(tmp_path / "x.pt", {"a": Blank((2,), torch.float32)}, plain) as archive:
        archive.append("a", torch.ones(2))
        archive.append("head.sums", torch.arange(3))
    read = torch.load(tmp_path / "x.pt", weights_only=True)
    assert list(read) == ["a", "files", "head"]
    assert read["a"].tolist() == [1.0, 1.0]
    assert list(read["head"]) == ["k", "sums", "z"]
    assert read["head"]["sums"].tolist() == [0, 1, 2]
    with zipfile.ZipFile(tmp_path / "x.pt") as archive:
        assert archive.testzip() is None
    with (
        pytest.raises(ValueError, match=r"head\.sums: fewer rows"),
        TensorArchive(tmp_path / "y.pt", {}, plain),
    ):
        pass

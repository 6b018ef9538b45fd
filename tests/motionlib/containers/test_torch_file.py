"""torch files are read without running what they name."""

import os
import zipfile

import pytest
import torch

from motionlib.containers.torch_file import load_torch_dict
from motionlib.errors import FormatError


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return os.mkdir, (self.target,)


def test_tensors_and_plain_values_are_read(tmp_path):
    torch.save({"a": torch.arange(3), "b": ("x", 2.5), "c": {"d": None}}, tmp_path / "a.pt")
    for mmap in (False, True):
        content = load_torch_dict(tmp_path / "a.pt", mmap=mmap)
        assert torch.equal(content["a"], torch.arange(3))
        assert (content["b"], content["c"]) == (("x", 2.5), {"d": None})


def test_hostile_file_is_refused_and_not_run(tmp_path):
    torch.save({"a": Bomb(tmp_path / "ran")}, tmp_path / "a.pt")
    with pytest.raises(FormatError, match=r"not admitted.*nothing was executed"):
        load_torch_dict(tmp_path / "a.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 0.99])
def test_truncated_file_is_refused(tmp_path, share):
    path = tmp_path / "a.pt"
    torch.save({"a": torch.arange(1000)}, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FormatError, match=r"a\.pt"):
        load_torch_dict(path)


def test_other_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(FormatError, match=r"a\.pt: cannot be read"):
        load_torch_dict(tmp_path / "a.pt")


def test_anything_but_a_dict_is_refused(tmp_path):
    torch.save([1, 2], tmp_path / "a.pt")
    with pytest.raises(FormatError, match="holds a list, expected a dict"):
        load_torch_dict(tmp_path / "a.pt")


def test_enum_of_the_foreign_project_becomes_its_text(test_data):
    content = load_torch_dict(test_data / "g1_motion" / "walk.motion")
    assert content["state_conversion"] == "common"
    assert content["rigid_body_pos"].shape == (150, 33, 3)


@pytest.mark.parametrize("mmap", [False, True])
def test_tensors_of_every_kind_come_back(tmp_path, mmap):
    base = torch.arange(24.0).reshape(4, 6)
    content = {
        "slice": base[1:3, 2:], "transposed": base.T, "empty": torch.zeros(0, 3),
        "scalar": torch.tensor(2.5), "parameter": torch.nn.Parameter(torch.ones(2)),
        **{str(kind): torch.ones(3).to(kind) for kind in (
            torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
            torch.int8, torch.uint8, torch.bool)},
    }  # fmt: skip
    torch.save(content, tmp_path / "a.pt")
    loaded = load_torch_dict(tmp_path / "a.pt", mmap=mmap)
    assert list(loaded) == list(content)
    for key, value in content.items():
        assert torch.equal(loaded[key], value.detach()), key
        assert loaded[key].dtype == value.dtype


def test_what_is_written_to_a_mapped_tensor_stays_in_memory(tmp_path):
    torch.save({"a": torch.zeros(1000)}, tmp_path / "a.pt")
    before = (tmp_path / "a.pt").read_bytes()
    load_torch_dict(tmp_path / "a.pt", mmap=True)["a"][:] = 1.0
    assert (tmp_path / "a.pt").read_bytes() == before
    assert not load_torch_dict(tmp_path / "a.pt", mmap=True)["a"].any()


@pytest.mark.parametrize("mmap", [False, True])
def test_an_expanded_tensor_is_refused_with_its_file(tmp_path, mmap):
    torch.save({"a": torch.ones(1).expand(2_000_000_000, 3)}, tmp_path / "a.pt")
    with pytest.raises(FormatError, match=r"a\.pt: a tensor: shape \(2000000000, 3\) needs"):
        load_torch_dict(tmp_path / "a.pt", mmap=mmap)


@pytest.mark.parametrize(
    "value",
    [
        torch.eye(3).to_sparse(),
        torch.ones(3, dtype=torch.complex64),
    ],
    ids=["sparse", "complex"],
)
def test_other_kinds_of_tensors_are_refused_without_advice_to_run_them(tmp_path, value):
    torch.save({"a": value}, tmp_path / "a.pt")
    with pytest.raises(FormatError, match=r"a\.pt: the pickle names torch") as caught:
        load_torch_dict(tmp_path / "a.pt")
    assert "weights_only" not in str(caught.value)


def test_a_flipped_bit_in_the_numbers_is_noticed(tmp_path):
    torch.save({"a": torch.zeros(1000)}, tmp_path / "a.pt")
    raw = bytearray((tmp_path / "a.pt").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "a.pt").write_bytes(raw)
    for mmap in (False, True):
        with pytest.raises(FormatError, match="checksum"):
            load_torch_dict(tmp_path / "a.pt", mmap=mmap)


def test_the_older_format_is_named(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(FormatError, match=r"older format, which is no zip; write it again"):
        load_torch_dict(tmp_path / "x.pt")

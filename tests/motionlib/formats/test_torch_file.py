"""torch files are read without running what they name."""

import os
import zipfile

import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.torch_file import load_torch_dict


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

"""Files of ProtoMotions' second version: read where that is safe, named where it is not."""

import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError
from motionlib.formats.protomotions.legacy import legacy_pt_note, read_legacy_npy
from motionlib.inspection.contents import inspect_file


def tensor(array: np.ndarray) -> dict:
    return {"arr": array, "context": {"dtype": str(array.dtype)}}


def legacy_dict(frames: int = 4) -> OrderedDict:
    rotation = np.zeros((frames, 3, 4), np.float32)
    rotation[..., 3] = 1.0
    return OrderedDict(
        rotation=tensor(rotation),
        root_translation=tensor(np.ones((frames, 3), np.float32)),
        global_velocity=tensor(np.zeros((frames, 3, 3), np.float32)),
        global_angular_velocity=tensor(np.zeros((frames, 3, 3), np.float32)),
        skeleton_tree=OrderedDict(
            node_names=["Pelvis", "L_Hip", "R_Hip"],
            parent_indices=tensor(np.array([-1, 0, 0])),
            local_translation=tensor(np.zeros((3, 3), np.float32)),
        ),
        is_local=True,
        fps=30,
        __name__="SkeletonMotion",
    )


def save(path: Path, content: object) -> Path:
    np.save(path, np.array(content, dtype=object), allow_pickle=True)
    return path


def test_a_skeleton_motion_is_read_and_described(tmp_path: Path) -> None:
    motion = read_legacy_npy(save(tmp_path / "x.npy", legacy_dict()))
    assert (motion.fps, motion.num_frames, motion.is_local) == (30.0, 4, True)
    assert motion.node_names == ("Pelvis", "L_Hip", "R_Hip")
    assert motion.parents == (-1, 0, 0)
    assert motion.arrays["rotation"].tolist()[3][1] == [0, 0, 0, 1]
    assert motion.problems() == []
    report = inspect_file(tmp_path / "x.npy")
    assert "second version" in report["kind"]
    assert (report["num_motions"], report["seconds"], report["problems"]) == (1, 0.1, [])


def test_bad_numbers_are_problems(tmp_path: Path) -> None:
    content = legacy_dict()
    content["global_velocity"]["arr"][2, 0] = np.nan
    content["rotation"]["arr"][1, 1] = 0.5, 0.5, 0.0, 0.0
    problems = inspect_file(save(tmp_path / "x.npy", content))["problems"]
    assert any("global_velocity has NaN or infinity, first in row 2" in each for each in problems)
    assert any("not of unit length, first in frame 1" in each for each in problems)


def test_what_is_no_motion_is_refused(tmp_path: Path) -> None:
    missing, shape, rate = legacy_dict(), legacy_dict(), legacy_dict()
    del missing["rotation"]
    shape["root_translation"] = tensor(np.ones((3, 3), np.float32))
    rate["fps"] = 0
    bad = {
        "keys missing: rotation": missing,
        r"root_translation has shape \(3, 3\), expected \(4, 3\)": shape,
        "fps is 0": rate,
        "holds a int": [1],
    }
    for message, content in bad.items():
        with pytest.raises(FormatError, match=message):
            read_legacy_npy(save(tmp_path / "x.npy", content))
    np.save(tmp_path / "n.npy", np.zeros(3))
    with pytest.raises(FormatError, match="array of type 64-bit float"):
        read_legacy_npy(tmp_path / "n.npy")
    whole = save(tmp_path / "x.npy", legacy_dict()).read_bytes()
    for size in (0, 5, 100, 200, len(whole) - 10):
        (tmp_path / "x.npy").write_bytes(whole[:size])
        with pytest.raises(FormatError, match=r"x\.npy"):
            read_legacy_npy(tmp_path / "x.npy")


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_nothing_that_a_file_names_is_run(tmp_path: Path) -> None:
    content = legacy_dict()
    content["fps"] = Hostile(tmp_path / "ran")
    with pytest.raises(FormatError, match="mkdir"):
        read_legacy_npy(save(tmp_path / "x.npy", content))
    assert not (tmp_path / "ran").exists()


class LoadedMotions(torch.nn.Module):
    """Of the name that the second version has."""


def test_a_pickled_module_is_named_and_not_opened(tmp_path: Path) -> None:
    torch.save(LoadedMotions(), tmp_path / "x.pt")
    assert "LoadedMotions" in legacy_pt_note(tmp_path / "x.pt")
    assert "was not opened" in inspect_file(tmp_path / "x.pt")["problems"][0]
    torch.save({"a": torch.zeros(1), "files": ("LoadedMotions of mine",)}, tmp_path / "y.pt")
    assert legacy_pt_note(tmp_path / "y.pt") == ""
    (tmp_path / "z.pt").write_bytes(b"x")
    assert legacy_pt_note(tmp_path / "z.pt") == ""

"""Files and folders by suffix."""

import numpy as np
import pytest
import torch

from motionlib.errors import FormatError, MotionError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.loading import load_library, load_motion_files, load_motions
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import library_from_motions


def test_each_suffix_finds_its_reader(tmp_path, microduck, make_motion):
    motion = make_motion(microduck)
    save_npz(tmp_path / "m.npz", [motion])
    save_motion_lib(tmp_path / "m.pt", library_from_motions([motion]))
    table = torch.cat((motion.root_pos, motion.root_quat_wxyz, motion.dof_pos), 1)
    np.savetxt(tmp_path / "turn.csv", table.numpy(), delimiter=",")
    rules = {"m.npz": "central", "m.pt": "forward_min3", "turn.csv": "central"}
    for name, rule in rules.items():
        library = load_library(tmp_path / name, microduck)
        assert (library.names, library.velocity_rule) == (("turn",), rule)
        assert torch.allclose(load_motions(tmp_path / name, microduck)[0].dof_pos, motion.dof_pos)


def test_folder_is_read_by_rising_name(tmp_path, microduck, make_motion):
    for name in ("b", "c", "a"):
        save_npz(tmp_path / f"{name}.npz", [make_motion(microduck, name=name)])
    (tmp_path / "notes.txt").write_text("not a motion")
    assert [motion.name for motion in load_motions(tmp_path, microduck)] == ["a", "b", "c"]
    assert load_library(tmp_path, microduck).names == ("a", "b", "c")


def test_one_name_in_two_files_is_refused(tmp_path, microduck, make_motion):
    for name in ("a", "b"):
        save_npz(tmp_path / f"{name}.npz", [make_motion(microduck, name="same")])
    with pytest.raises(MotionError, match=r"b\.npz: motion name 'same' is also in .*a\.npz"):
        load_motion_files([tmp_path / "a.npz", tmp_path / "b.npz"], microduck)


def test_nothing_to_read_is_an_error(tmp_path, microduck):
    with pytest.raises(FormatError, match="no motion files"):
        load_motions(tmp_path, microduck)
    with pytest.raises(FormatError, match="no such file"):
        load_motions(tmp_path / "x.npz", microduck)
    (tmp_path / "x.bvh").write_text("")
    with pytest.raises(FormatError, match=r"suffix '\.bvh' is not read"):
        load_motions(tmp_path / "x.bvh", microduck)

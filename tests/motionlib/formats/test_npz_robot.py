"""Matching a file's axes with a robot."""

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.formats.beyondmimic import save_npz
from motionlib.formats.npz_file import read_npz
from motionlib.formats.npz_robot import body_index, match_robot


def test_aliases_name_bodies_too(microduck):
    alias, ours = next(iter(microduck.body_aliases.items()))
    assert body_index(microduck, alias) == microduck.body_names.index(ours)
    with pytest.raises(RobotError, match="no body 'trunk_bse'; nearest: trunk_base"):
        body_index(microduck, "trunk_bse")


def test_names_decide_the_order(tmp_path, g1, make_motion):
    save_npz(tmp_path / "b.npz", [make_motion(g1)], order="isaaclab")
    file = read_npz(tmp_path / "b.npz")
    bodies, columns, steps = match_robot(file, g1, None)
    assert [g1.body_names[body] for body in bodies] == list(file.body_names)
    assert [file.joint_names[column] for column in columns] == list(g1.dof_names)
    assert steps == ()


def test_foreign_joint_names_are_refused(tmp_path, microduck, make_motion):
    path = tmp_path / "m.npz"
    save_npz(path, [make_motion(microduck)])
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["joint_names"] = np.array([f"j{i}" for i in range(14)])
    np.savez(path, **arrays)
    with pytest.raises(RobotError, match="joint_names are not those of microduck"):
        match_robot(read_npz(path), microduck, None)

"""Archives of arrays: what is no motion, and numbers that are none."""

import numpy as np
import pytest

from motionlib.errors import KindError
from motionlib.inspection.contents import inspect_file

FRAMES, DOFS = 12, 29


def root():
    quats = np.tile([1.0, 0.0, 0.0, 0.0], (FRAMES, 1))
    return np.tile([0.0, 0.0, 0.757], (FRAMES, 1)), quats


def test_labels_and_unknown_arrays_are_no_motion(tmp_path):
    np.savez(tmp_path / "labels.npz", foot_contacts=np.zeros((FRAMES, 2)), fps=30.0)
    report = inspect_file(tmp_path / "labels.npz")
    assert "contact labels" in report["kind"]
    assert report["motions"] == []
    np.savez(tmp_path / "odd.npz", numbers=np.zeros(3))
    assert "no format known here: numbers" in inspect_file(tmp_path / "odd.npz")["problems"][0]
    np.save(tmp_path / "n.npy", np.zeros((3, 36)))
    with pytest.raises(KindError, match=r"one array of type 64-bit float, shape \(3, 36\)"):
        inspect_file(tmp_path / "n.npy")


def test_numbers_that_are_none_are_problems(tmp_path):
    pos, quats = root()
    table = np.concatenate((pos, quats, np.zeros((FRAMES, DOFS))), 1)
    table[5, 9] = np.nan
    np.savez(tmp_path / "q.npz", qpos=table)
    report = inspect_file(tmp_path / "q.npz")
    assert report["problems"] == ["qpos has NaN or infinity, first in row 5"]
    assert report["notes"] == ["states no rate: pass --fps"]
    assert report["seconds"] is None


def test_a_rate_that_is_none_is_a_problem(tmp_path):
    pos, quats = root()
    table = np.concatenate((pos, quats, np.zeros((FRAMES, DOFS))), 1)
    np.savez(tmp_path / "q.npz", qpos=table, fps=np.array("thirty" + "0" * 9000))
    (problem,) = inspect_file(tmp_path / "q.npz")["problems"]
    assert problem.startswith("fps is ['thirty000")
    assert len(problem) < 200
    np.savez(tmp_path / "q.npz", joint_pos=table, joint_names=np.array(["j"] * DOFS), dt=0.02)
    report = inspect_file(tmp_path / "q.npz")
    assert (report["num_dofs"], report["fps"]) == (DOFS, [pytest.approx(50.0)])

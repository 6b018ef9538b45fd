"""What a file holds as a part of the report on it."""

import numpy as np

from motionlib.inspection.foreign_content import ForeignContent, human_problems, not_finite


def test_seconds_are_unknown_where_a_rate_is():
    clips = (("a", 11, 10.0), ("b", 21, 10.0))
    told = ForeignContent(kind="x", clips=clips, num_dofs=5).report()
    assert (told["fps"], told["frames"], told["seconds"]) == ([10.0], 32, 3.0)
    assert (told["num_motions"], told["num_dofs"]) == (2, 5)
    told = ForeignContent(kind="x", clips=(*clips, ("c", 3, None))).report()
    assert told["seconds"] is None
    assert told["motions"][2]["seconds"] is None
    assert "num_dofs" not in told


def test_rows_that_are_no_numbers():
    values = np.ones((5, 2))
    assert not_finite("x", values) == []
    values[3, 1] = np.inf
    assert not_finite("x", values) == ["x has NaN or infinity, first in row 3"]
    assert not_finite("x", np.ones(3, dtype=int)) == []


def test_a_recording_that_nobody_can_convert(tmp_path):
    poses, trans = np.zeros((4, 156)), np.zeros((4, 3))
    path = tmp_path / "a_poses.npz"
    np.savez(path, poses=poses, trans=trans, mocap_framerate=30.0)
    assert human_problems(path) == []
    poses[2, 5] = np.nan
    np.savez(path, poses=poses, trans=trans, mocap_framerate=30.0)
    (problem,) = human_problems(path)
    assert problem.startswith(str(path))

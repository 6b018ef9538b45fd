"""Raw npz content, before any robot is asked."""

import numpy as np
import pytest

from motionlib.containers.array_zip import read_arrays
from motionlib.errors import FormatError
from motionlib.formats.npz_file import read_npz


def arrays(frames=4, joints=2, bodies=3):
    return {
        "joint_pos": np.zeros((frames, joints)),
        "joint_vel": np.zeros((frames, joints)),
        "body_pos_w": np.zeros((frames, bodies, 3)),
        "body_quat_w": np.zeros((frames, bodies, 4)),
        "body_lin_vel_w": np.zeros((frames, bodies, 3)),
        "body_ang_vel_w": np.zeros((frames, bodies, 3)),
    }


def test_bare_file_is_one_clip_named_after_it(tmp_path):
    np.savez(tmp_path / "walk.npz", **arrays())
    file = read_npz(tmp_path / "walk.npz")
    assert (file.clip_names, file.clip_starts, file.clip_weights) == (("walk",), (0, 4), (1.0,))
    assert (file.fps, file.fps_stated) == (50.0, False)
    assert (file.joint_names, file.body_names, file.provenances) == (None, None, ())
    assert file.arrays["joint_pos"].dtype == np.float32


def test_fps_may_be_a_scalar_or_a_vector_of_one(tmp_path):
    for fps in (np.array(30), np.array([30.0])):
        np.savez(tmp_path / "walk.npz", fps=fps, **arrays())
        assert read_npz(tmp_path / "walk.npz").fps == 30.0


def test_empty_clip_is_refused(tmp_path):
    np.savez(tmp_path / "walk.npz", **arrays(frames=0))
    with pytest.raises(FormatError, match="empty arrays"):
        read_npz(tmp_path / "walk.npz")


def test_single_array_is_refused(tmp_path):
    np.save(tmp_path / "walk.npy", np.zeros(3))
    with pytest.raises(FormatError, match="a single array"):
        read_arrays(tmp_path / "walk.npy")


def test_pickle_in_disguise_is_refused(tmp_path):
    (tmp_path / "walk.npz").write_bytes(b"\x80\x04\x95.")
    with pytest.raises(FormatError, match=r"walk\.npz: no zip, begins with"):
        read_arrays(tmp_path / "walk.npz")

"""Body model files: SMPL's own layout, and everything that is not one."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from motionlib.errors import FormatError
from motionlib.robots.humanoid.body_model_file import MODEL_ARRAYS, read_body_model_file


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_published_and_plain_pickles_hold_the_same_arrays(tmp_path: Path, tiny_body_model) -> None:
    arrays = tiny_body_model.tiny_arrays()
    (tmp_path / "old.pkl").write_bytes(tiny_body_model.published_pickle(arrays))
    (tmp_path / "new.pkl").write_bytes(pickle.dumps(arrays, protocol=2))
    np.savez(tmp_path / "new.npz", **arrays)
    for name in ("old.pkl", "new.pkl", "new.npz"):
        read = read_body_model_file(tmp_path / name)
        assert set(read) == set(MODEL_ARRAYS), name
        for key, value in arrays.items():
            np.testing.assert_array_equal(read[key], value, err_msg=f"{name}: {key}")


@pytest.mark.parametrize("layout", ["csc", "csr", "coo"])
def test_every_sparse_layout_is_read(tmp_path: Path, tiny_body_model, layout: str) -> None:
    arrays = tiny_body_model.tiny_arrays()
    sparse = scipy.sparse.csc_matrix(arrays["J_regressor"]).asformat(layout)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(arrays | {"J_regressor": sparse}))
    read = read_body_model_file(tmp_path / "a.pkl")
    np.testing.assert_array_equal(read["J_regressor"], arrays["J_regressor"])


@pytest.mark.parametrize("index", [-1, 24])
def test_a_sparse_matrix_that_points_outside_itself_is_refused(
    tmp_path: Path, tiny_body_model, index: int
) -> None:
    sparse = scipy.sparse.csc_matrix(tiny_body_model.tiny_arrays()["J_regressor"])
    sparse.indices[0] = index
    table = tiny_body_model.tiny_arrays() | {"J_regressor": sparse}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(table))
    with pytest.raises(FormatError, match="J_regressor: a scipy"):
        read_body_model_file(tmp_path / "a.pkl")


def test_a_hostile_pickle_does_nothing(tmp_path: Path, tiny_body_model) -> None:
    victim = tmp_path / "victim"
    table = tiny_body_model.tiny_arrays() | {"shapedirs": Hostile(victim)}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(table, protocol=2))
    with pytest.raises(FormatError, match=r"names posix\.mkdir"):
        read_body_model_file(tmp_path / "a.pkl")
    assert not victim.exists()


@pytest.mark.parametrize("key", ["v_template", "J_regressor", "weights", "kintree_table"])
@pytest.mark.parametrize("suffix", ["pkl", "npz"])
def test_a_missing_key_is_named(tmp_path: Path, tiny_body_model, key: str, suffix: str) -> None:
    arrays = tiny_body_model.tiny_arrays()
    del arrays[key]
    path = tmp_path / f"a.{suffix}"
    if suffix == "pkl":
        path.write_bytes(pickle.dumps(arrays))
    else:
        np.savez(path, **arrays)
    with pytest.raises(FormatError, match=f"{key} is missing"):
        read_body_model_file(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS"),
        (b"<html>log in</html>", "begins with|not a zip|text"),
        (b"", "empty"),
    ],
)
@pytest.mark.parametrize("suffix", ["pkl", "npz"])
def test_what_is_no_model_is_said(
    tmp_path: Path, content: bytes, message: str, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message):
        read_body_model_file(path)


def test_other_suffixes_and_contents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"\.pkl or \.npz"):
        read_body_model_file(tmp_path / "model.onnx")
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1.0, 2.0]))
    with pytest.raises(FormatError, match="holds a list"):
        read_body_model_file(tmp_path / "a.pkl")
    (tmp_path / "b.pkl").write_bytes(pickle.dumps(dict.fromkeys(MODEL_ARRAYS, "text")))
    with pytest.raises(FormatError, match="v_template: expected an array"):
        read_body_model_file(tmp_path / "b.pkl")


def test_damaged_arrays_are_refused(tmp_path: Path, tiny_body_model) -> None:
    good = tiny_body_model.tiny_arrays()
    broken = {
        "weights": good["weights"][:-1],
        "v_template": np.where(np.arange(3) == 1, np.nan, good["v_template"]),
        "f": good["f"] + 1000,
        "shapedirs": good["shapedirs"][:, :, 0],
    }
    for key, value in broken.items():
        np.savez(tmp_path / "a.npz", **(good | {key: value}))
        with pytest.raises(FormatError, match=key):
            read_body_model_file(tmp_path / "a.npz")

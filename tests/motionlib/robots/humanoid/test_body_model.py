"""Body models at rest, through the real smplx."""

import re
from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError, MotionError
from motionlib.robots.humanoid import body_model
from motionlib.robots.humanoid.body_model import read_rest_body

ROOMS = ("assets", "motionlib", "pipelines", "training")


def write_smpl(folder: Path, maker, *, name: str = "SMPL_NEUTRAL.pkl", **changes) -> Path:
    path = folder / name
    path.write_bytes(maker.python2_pickle(maker.tiny_arrays() | changes))
    return path


def test_a_published_pickle_gives_the_models_joints(tmp_path: Path, tiny_body_model) -> None:
    path = tmp_path / "SMPL_NEUTRAL.pkl"
    path.write_bytes(tiny_body_model.published_pickle(tiny_body_model.tiny_arrays()))
    rest = read_rest_body(path)
    assert (rest.family, rest.gender) == ("SMPL", "neutral")
    np.testing.assert_allclose(rest.joints, tiny_body_model.true_joints(24), atol=1e-6)
    assert rest.owners[:: 2 * tiny_body_model.RING].tolist() == list(range(24))


@pytest.mark.parametrize(
    ("name", "joints", "shapes", "family"),
    [("SMPLX_MALE.npz", 55, 20, "SMPL-X"), ("SMPLH_FEMALE.npz", 52, 16, "SMPL+H")],
)
def test_models_with_fingers_are_read_without_hand_poses(
    tmp_path: Path, tiny_body_model, name: str, joints: int, shapes: int, family: str
) -> None:
    np.savez(tmp_path / name, **tiny_body_model.tiny_arrays(joints, shapes=shapes))
    rest = read_rest_body(tmp_path / name)
    assert rest.family == family
    np.testing.assert_allclose(rest.joints, tiny_body_model.true_joints(joints), atol=1e-6)


def test_an_smplx_file_with_all_its_arrays_is_read(tmp_path: Path, tiny_body_model) -> None:
    hands = {f"hands_components{side}": np.eye(45) for side in "lr"}
    hands |= {f"hands_mean{side}": np.full(45, 0.1) for side in "lr"}
    hands |= {"lmk_faces_idx": np.arange(3), "lmk_bary_coords": np.full((3, 3), 1 / 3)}
    arrays = tiny_body_model.tiny_arrays(55, shapes=400)
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    np.savez(path, **arrays, **hands, part2num=np.array({"head": 1}, dtype=object))
    rest = read_rest_body(path, betas=[0.5] * 12)
    expected = arrays["v_template"] + arrays["shapedirs"][:, :, :12].sum(-1) * 0.5
    np.testing.assert_allclose(rest.vertices, expected, atol=1e-6)


def test_shape_numbers_move_the_joints(tmp_path: Path, tiny_body_model) -> None:
    path = write_smpl(tmp_path, tiny_body_model)
    taller = read_rest_body(path, betas=(2.0,))
    np.testing.assert_allclose(taller.joints, 1.1 * tiny_body_model.true_joints(24), atol=1e-6)
    with pytest.raises(MotionError, match="11 betas, this model has 10"):
        read_rest_body(path, betas=[0.0] * 11)
    with pytest.raises(MotionError, match="finite"):
        read_rest_body(path, betas=[float("nan")])


def test_all_sixteen_shapes_of_amass_are_used(tmp_path: Path, tiny_body_model) -> None:
    arrays = tiny_body_model.tiny_arrays(52, shapes=16)
    np.savez(tmp_path / "model.npz", **arrays)
    betas = np.linspace(-1.0, 1.0, 16)
    rest = read_rest_body(tmp_path / "model.npz", betas=betas)
    expected = arrays["v_template"] + arrays["shapedirs"] @ betas
    np.testing.assert_allclose(rest.vertices, expected, atol=1e-6)


def test_a_folder_gives_the_gender_that_is_asked_for(tmp_path: Path, tiny_body_model) -> None:
    for name in ("SMPL_NEUTRAL.pkl", "basicmodel_m_lbs_10_207_0_v1.1.0.pkl"):
        write_smpl(tmp_path, tiny_body_model, name=name)
    assert read_rest_body(tmp_path).gender == "neutral"
    assert read_rest_body(tmp_path, gender="male").gender == "male"
    with pytest.raises(MotionError, match="expected one female"):
        read_rest_body(tmp_path, gender="female")


def test_a_file_of_another_gender_is_refused(tmp_path: Path, tiny_body_model) -> None:
    path = write_smpl(tmp_path, tiny_body_model, name="SMPL_MALE.pkl")
    with pytest.raises(MotionError, match="the name says male, you asked for female"):
        read_rest_body(path, gender="female")
    with pytest.raises(MotionError, match="nearest: neutral"):
        read_rest_body(path, gender="neutrl")


def test_another_tree_is_refused(tmp_path: Path, tiny_body_model) -> None:
    table = tiny_body_model.tiny_arrays()["kintree_table"].copy()
    table[0, 5] = 0
    with pytest.raises(FormatError, match="not the tree of SMPL"):
        read_rest_body(write_smpl(tmp_path, tiny_body_model, kintree_table=table))


def test_a_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="download from its authors"):
        read_rest_body(tmp_path / "SMPL_NEUTRAL.pkl")


def test_nothing_else_imports_smplx() -> None:
    rooms = [Path(body_model.__file__).parents[3] / room for room in ROOMS]
    users = {
        file.name
        for room in rooms
        for file in room.rglob("*.py")
        if re.search(r"^\s*(import|from) smplx", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert users == {"body_model.py"}

import zipfile

import numpy as np
import pytest

from motionlib.human.readers.amass import read_amass
from motionlib.synthesis.amass_writer import AmassRecording, save_amass


@pytest.fixture
def recording():
    rng = np.random.default_rng(5)
    return AmassRecording(
        fps=120.0,
        trans=rng.normal(size=(7, 3)),
        body=rng.normal(size=(7, 66)),
        hands=rng.normal(size=(7, 90)),
        gender="female",
        betas=tuple(rng.normal(size=16)),
    )


def test_smplh_files_have_the_keys_of_real_ones(tmp_path, recording):
    path = tmp_path / "a_poses.npz"
    save_amass(path, recording, "smplh")
    with np.load(path, allow_pickle=False) as file:
        assert file.files == ["trans", "gender", "mocap_framerate", "betas", "dmpls", "poses"]
        assert {key: file[key].shape for key in file.files} == {
            "trans": (7, 3), "gender": (), "mocap_framerate": (), "betas": (16,), "dmpls": (7, 8),
            "poses": (7, 156),
        }  # fmt: skip
        assert str(file["gender"]) == "female"
        assert all(file[key].dtype == np.float64 for key in ("poses", "trans", "betas"))
        np.testing.assert_array_equal(file["poses"][:, :66], recording.body)
        np.testing.assert_array_equal(file["poses"][:, 66:], recording.hands)
    with zipfile.ZipFile(path) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_smplx_files_have_the_keys_of_real_ones(tmp_path, recording):
    path = tmp_path / "a_stageii.npz"
    save_amass(path, recording, "smplx")
    # real files hold a pickled dict too, which is why readers must go member by member
    with np.load(path, allow_pickle=True) as file:
        assert file.files == [
            "gender", "surface_model_type", "mocap_frame_rate", "mocap_time_length",
            "markers_latent", "latent_labels", "markers_latent_vids", "trans", "poses", "betas",
            "num_betas", "root_orient", "pose_body", "pose_hand", "pose_jaw", "pose_eye",
        ]  # fmt: skip
        assert file["poses"].shape == (7, 165)
        assert file["markers_latent_vids"].dtype == object
        parts = ("root_orient", "pose_body", "pose_jaw", "pose_eye", "pose_hand")
        whole = np.concatenate([file[part] for part in parts], axis=1)
        np.testing.assert_array_equal(file["poses"], whole)


@pytest.mark.parametrize("family", ["smplh", "smplx"])
@pytest.mark.parametrize("compressed", [False, True])
def test_the_reader_gives_back_what_was_written(tmp_path, smplx, recording, family, compressed):
    path = tmp_path / "a.npz"
    save_amass(path, recording, family, compressed=compressed)
    clip = read_amass(path, smplx)
    assert (clip.fps, clip.gender, clip.format) == (120.0, "female", f"amass_{family}")
    assert clip.betas == pytest.approx(recording.betas)
    knee = clip.columns[smplx.body_names.index("L_Knee")]
    # SMPL's joint 4, axes z x y
    np.testing.assert_array_equal(clip.rotvec[:, knee], recording.body[:, 12:15][:, [2, 0, 1]])
    finger = clip.columns[smplx.body_names.index("R_Index1")]
    np.testing.assert_array_equal(clip.rotvec[:, finger], recording.hands[:, 45:48][:, [2, 0, 1]])


def test_the_bytes_depend_on_the_recording_alone(tmp_path, recording):
    for name in ("a", "b"):
        save_amass(tmp_path / name, recording, "smplx")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

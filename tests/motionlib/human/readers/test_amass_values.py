import os
from pathlib import Path

import numpy as np
import pytest

from motionlib.containers.array_zip import open_array_zip
from motionlib.errors import FormatError
from motionlib.human.readers.amass_values import betas_of, fps_of, gender_of


def _opened(tmp_path: Path, **members):
    np.savez(tmp_path / "a.npz", **{"poses": np.zeros((2, 3)), **members})
    return open_array_zip(tmp_path / "a.npz")


def _object(value) -> np.ndarray:
    array = np.empty((), dtype=object)
    array[()] = value
    return array


@pytest.mark.parametrize("key", ["mocap_framerate", "mocap_frame_rate"])
@pytest.mark.parametrize("value", [60, 60.0, np.float32(60), np.array([60.0]), _object(60.0)])
def test_a_rate_in_every_spelling(tmp_path: Path, key: str, value) -> None:
    with _opened(tmp_path, **{key: value}) as archive:
        assert fps_of(archive) == 60.0


def test_a_rate_that_float32_spoilt_is_whole_again_and_59_94_stays(tmp_path: Path) -> None:
    with _opened(tmp_path, mocap_framerate=119.99999) as archive:
        assert fps_of(archive) == 120.0
    with _opened(tmp_path, mocap_framerate=59.94) as archive:
        assert fps_of(archive) == 59.94


@pytest.mark.parametrize(
    "value", [np.nan, np.inf, 0.0, -30.0, 4.9, 1001.0, True, "fast", [30.0, 60.0], [], 3j]
)
def test_an_absurd_rate_is_named_with_the_bounds(tmp_path: Path, value) -> None:
    with (
        _opened(tmp_path, mocap_framerate=np.asarray(value)) as archive,
        pytest.raises(FormatError, match=r"mocap_framerate .*expected (frames|a single)"),
    ):
        fps_of(archive)


def test_a_file_without_a_rate_says_what_to_add(tmp_path: Path) -> None:
    with (
        _opened(tmp_path) as archive,
        pytest.raises(FormatError, match=r"no frame rate.*found poses.*Add mocap_frame_rate"),
    ):
        fps_of(archive)


@pytest.mark.parametrize(
    ("stored", "gender"),
    [
        (np.array("female"), "female"),
        (np.array(b"male"), "male"),
        (np.array("Neutral "), "neutral"),
        (np.array("b'female'"), "female"),
        (np.array(["male"]), "male"),
        (_object(b"female"), "female"),
        (_object("male"), "male"),
        (np.array(["male"], dtype=object), "male"),
        (np.array("unknown"), ""),
    ],
)
def test_gender_in_every_spelling(tmp_path: Path, stored: np.ndarray, gender: str) -> None:
    with _opened(tmp_path, gender=stored) as archive:
        assert gender_of(archive) == gender


def test_no_gender_is_none_stated(tmp_path: Path) -> None:
    with _opened(tmp_path) as archive:
        assert gender_of(archive) == ""


class _Hostile:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_a_pickle_that_would_run_a_program_is_refused(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    with (
        _opened(tmp_path, gender=_object(_Hostile(mark))) as archive,
        pytest.raises(FormatError, match="mkdir"),
    ):
        gender_of(archive)
    assert not mark.exists()


def test_shape_coefficients(tmp_path: Path) -> None:
    with _opened(tmp_path, betas=np.array([0.5, -1.0])) as archive:
        assert betas_of(archive) == (0.5, -1.0)
    with _opened(tmp_path, betas=np.array([[0.5, -1.0], [9.0, 9.0]])) as archive:
        assert betas_of(archive) == (0.5, -1.0)
    with _opened(tmp_path, betas=np.zeros((0, 10))) as archive:
        assert betas_of(archive) == ()
    with _opened(tmp_path) as archive:
        assert betas_of(archive) == ()
    with _opened(tmp_path, betas=np.array("x")) as archive, pytest.raises(FormatError, match="betas"):  # fmt: skip
        betas_of(archive)

from pathlib import Path

import pytest

from motionlib.errors import MotionError
from motionlib.home import HOME_VERSION, MARK, HomeError, check_home, is_marked, mark_home
from motionlib.sealed import write_sealed


def test_a_new_home_is_of_this_version_and_looking_writes_nothing(motion_home: Path) -> None:
    assert check_home() == HOME_VERSION
    assert not motion_home.exists()
    motion_home.mkdir()
    (motion_home / "dagster").mkdir()
    assert check_home() == HOME_VERSION
    assert not is_marked(motion_home)
    mark_home(motion_home)
    assert is_marked(motion_home)
    assert check_home() == HOME_VERSION


@pytest.mark.parametrize("part", ["artifacts", "cache", "reports", "results"])
def test_a_home_in_use_without_a_mark_is_the_oldest(tmp_path: Path, part: str) -> None:
    (tmp_path / part).mkdir()
    assert check_home(tmp_path) == 1


@pytest.mark.parametrize("version", [HOME_VERSION + 1, "three", None, 2.0])
def test_a_newer_home_is_refused_in_one_sentence(tmp_path: Path, version: object) -> None:
    write_sealed(tmp_path / MARK, {"version": version, "more": 1})
    with pytest.raises(HomeError, match=r"newer than the 2 .*; use the newer program") as caught:
        check_home(tmp_path)
    assert isinstance(caught.value, MotionError)
    assert "\n" not in str(caught.value)


def test_a_flipped_mark_makes_no_home_newer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark_home(tmp_path)
    mark = tmp_path / MARK
    mark.write_text(mark.read_text().replace('"version": 2', '"version": 3'))
    assert check_home(tmp_path) == HOME_VERSION
    assert "home.json: damaged" in caplog.text
    assert not is_marked(tmp_path)

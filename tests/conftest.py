"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest

from motionlib.robot import Robot
from motionlib.robot_files import load_robot

TESTS = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def microduck() -> Robot:
    return load_robot("microduck")


@pytest.fixture(scope="session")
def g1() -> Robot:
    return load_robot("g1")


@pytest.fixture(scope="session")
def open_duck() -> Robot:
    return load_robot(TESTS / "robots" / "open_duck_mini_v2" / "robot.yaml")


@pytest.fixture(scope="session")
def test_data() -> Path:
    folder = os.environ.get("MOTION_TEST_DATA", "")
    if not folder:
        pytest.skip("MOTION_TEST_DATA is unset: it names the folder of real motion data")
    path = Path(folder).resolve()
    if not path.is_dir():
        pytest.skip(f"MOTION_TEST_DATA names {path}, which is no folder")
    return path


@pytest.fixture
def motion_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "motion_home"
    monkeypatch.setenv("MOTION_HOME", str(home))
    return home

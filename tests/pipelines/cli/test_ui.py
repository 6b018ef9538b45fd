import os
from pathlib import Path

import pytest

import pipelines.ui
from pipelines.cli.main import main


def test_the_command_opens_the_ui_of_this_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[int, str]] = []

    def open_ui(port: int) -> int:
        opened.append((port, os.environ["MOTION_HOME"]))
        return 0

    monkeypatch.setattr(pipelines.ui, "open_ui", open_ui)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOTION_HOME", "here")  # a relative one is of the folder of the caller
    assert main(["ui", "--port", "3457"]) == 0
    assert main(["ui"]) == 0
    assert opened == [(3457, str(tmp_path / "here")), (3000, str(tmp_path / "here"))]


def test_a_folder_of_recipes_that_is_not_there_is_said(motion, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(pipelines.ui, "open_ui", lambda port: 0)
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    assert motion("ui").errors == ""
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path / "gone"))
    assert motion("ui").errors.startswith(f"{tmp_path / 'gone'}: no such folder; MOTION_RECIPES")

import os
from pathlib import Path

import pytest

import pipelines.__main__


def test_it_runs_the_recipe_in_this_home_with_its_exit_status(
    motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, str]] = []

    def materialise(name: str) -> int:
        ran.append((name, os.environ["MOTION_HOME"]))
        return len(ran) - 1

    monkeypatch.setattr(pipelines.__main__, "materialise", materialise)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOTION_HOME", "here")  # a relative one is of the folder of the caller
    assert motion("run", "microduck_walk").status == 0
    assert motion("run", "mine.yaml").status == 1
    assert ran == [
        ("microduck_walk", str(tmp_path / "here")),
        ("mine.yaml", str(tmp_path / "here")),
    ]


def test_a_mistyped_recipe_offers_the_nearest(motion) -> None:
    done = motion("run", "microduck_wakl")
    assert (done.status, done.output) == (2, "")
    assert "no recipe 'microduck_wakl'; nearest: microduck_walk" in done.errors


def test_every_fault_of_a_file_is_told_at_once(motion, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nrobto: g1\nsource: {path: 3}\n")
    done = motion("run", tmp_path / "mine.yaml")
    assert done.status == 2
    lines = done.errors.splitlines()
    assert all(line.startswith(f"{tmp_path / 'mine.yaml'}: ") for line in lines)
    for fault in ("robto is unknown", "source.path is 3", "description is missing",
                  "robot is missing", "artifact is missing"):  # fmt: skip
        assert any(fault in line for line in lines), fault

import shlex
from pathlib import Path

import pytest

import pipelines.__main__
from assets.tables import read_json
from pipelines.choosing import choose_recipe
from pipelines.cli.main import main


def test_the_demo_runs_on_the_sample_and_says_where_things_are(
    motion_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("AMASS_ROOT", str(tmp_path / "not this folder"))
    assert main(["demo", "amass"]) == 0
    said = capsys.readouterr().out
    reports = motion_home / "reports" / "demo_amass"
    for name in ("books.json", "books.md", "clips.parquet", "rejected.parquet"):
        assert str(reports / name) in said
    for split in ("train", "validation", "test"):
        assert f"/{split}.pt" in said
    amounts = [line.split()[-4:] for line in said.splitlines() if line.startswith("  all ")]
    assert all(words[1] in {"clip", "clips"} and words[3] in {"s", "min"} for words in amounts)
    assert ["1", "clips"] not in [words[:2] for words in amounts]
    assert amounts
    steps = said.split("\nnext:\n")[1].splitlines()
    assert steps[0].startswith("  motion ui   ")
    _, _, words = steps[1].split("   ")[0].partition("motion ")
    assert main(shlex.split(words)) == 0
    assert "rejected" in capsys.readouterr().out
    assert read_json(reports / "books.json")["balanced"] is True


def test_an_unknown_demo_offers_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "amss"]) == 2
    assert "amass" in capsys.readouterr().err


def test_each_demo_is_a_recipe_of_its_own_and_the_duck_the_first(
    motion_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def materialise(name: str) -> int:
        ran.append(choose_recipe(name).name)
        return 1

    monkeypatch.setattr(pipelines.__main__, "materialise", materialise)
    for words in ([], ["duck"], ["amass"], ["retarget"], ["g1"]):
        assert main(["demo", *words]) == 1
    assert ran == ["microduck_walk", "microduck_walk", "demo_amass", "demo_retarget", "demo_g1"]


@pytest.mark.slow
def test_the_retargeting_demo_shows_human_and_robot_side_by_side(
    motion_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    assert main(["demo", "retarget"]) == 0
    said = capsys.readouterr().out
    reports = motion_home / "reports" / "demo_retarget"
    assert f"human and g1 side by side: {reports / 'retarget_g1.html'}" in said
    assert "data:image/png;base64," in (reports / "retarget_g1.html").read_text()
    assert read_json(reports / "robot_books.json")["balanced"] is True
    assert main(["explain", "CMU/01/01_01_walk_poses", "--recipe", "demo_retarget"]) == 0
    assert "on g1: " in capsys.readouterr().out

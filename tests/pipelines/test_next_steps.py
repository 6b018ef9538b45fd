"""What is proposed after a run are commands that the command line understands."""

import shlex
from pathlib import Path

import pytest

from pipelines.cli.main import _parse
from pipelines.next_steps import next_steps
from pipelines.recipe import load_recipe

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "pipelines" / "recipes"


def test_a_shipped_recipe_is_in_the_ui_and_its_policy_films(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    monkeypatch.chdir(tmp_path)
    checkpoint = tmp_path / "my home" / "results" / "duck" / "score_based.ckpt"
    recipe = load_recipe(RECIPES / "microduck_walk.yaml")
    ui, film = next_steps(recipe, checkpoints=[str(checkpoint), "other.ckpt"])
    assert ui.startswith("motion ui   ")
    assert ui.index("the graph") == film.index("a film of one motion")
    words = shlex.split(film.split("   ")[0])
    assert words == [
        "motion", "evaluate", "--checkpoint", "my home/results/duck/score_based.ckpt"
    ]  # fmt: skip
    (alone,) = next_steps(recipe, checkpoints=[])
    assert alone.split("   ")[0] == "motion ui"


def test_a_recipe_from_elsewhere_names_its_folder_and_an_odd_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    rows = [
        {"clip_id": "CMU/01 a", "fate": "accepted"},
        {"clip_id": "CMU/02 b", "fate": "flagged"},
    ]
    seen: list[Path] = []

    def read(path: Path) -> list[dict[str, str]]:
        seen.append(path)
        return rows

    monkeypatch.setattr("pipelines.next_steps.read_clip_rows", read)
    recipe = load_recipe(ROOT / "tests" / "recipes" / "amass_tiny.yaml")
    ui, explain = next_steps(recipe, checkpoints=[], clips="clips.parquet")
    assert seen == [Path("clips.parquet")]
    assert ui.startswith(f"MOTION_RECIPES={ROOT / 'tests' / 'recipes'} motion ui ")
    command = _parse(shlex.split(explain.split("   ")[0])[1:])
    assert (command.clip_id, command.recipe) == ("CMU/02 b", recipe.name)  # type: ignore[attr-defined]
    assert explain.endswith("why it was flagged")

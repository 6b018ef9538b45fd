from pathlib import Path

import pytest

from pipelines.choosing import choose_recipe, is_path
from pipelines.recipe import RecipeError

RECIPE = (
    "name: {name}\ndescription: d\nrobot: microduck\nsource: {{path: a.pkl}}\n"
    "artifact: {{name: mine}}\n"
)


def test_by_name_or_by_the_path_of_the_file(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "mine.yaml").write_text(RECIPE.format(name="mine"))
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    by_path = choose_recipe(str(tmp_path / "mine.yaml"))
    assert (by_path.name, by_path.file) == ("mine", tmp_path / "mine.yaml")
    monkeypatch.chdir(tmp_path)
    assert choose_recipe("mine.yaml") == choose_recipe("./mine.yaml") == by_path
    assert choose_recipe(str(choose_recipe("microduck_walk").file)).name == "microduck_walk"
    with pytest.raises(RecipeError, match="no recipe 'mine'"):
        choose_recipe("mine")
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    assert choose_recipe("mine") == by_path


def test_a_broken_recipe_is_offered_and_says_why(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "my_dance.yaml").write_text("name: my_dance\nrobto: g1\n")
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    with pytest.raises(RecipeError, match="nearest: my_dance"):
        choose_recipe("my_dacne")
    with pytest.raises(RecipeError, match=r"cannot be read: .*robto is unknown; nearest: robot"):
        choose_recipe("my_dance")


def test_a_file_may_not_take_the_name_of_another_recipe(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(RECIPE.format(name="microduck_walk"))
    with pytest.raises(RecipeError, match=r"'microduck_walk' is taken by .*microduck_walk\.yaml"):
        choose_recipe(str(tmp_path / "mine.yaml"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such recipe file"):
        choose_recipe(str(tmp_path / "mine.yaml"))


def test_names_and_paths_are_told_apart() -> None:
    assert [is_path(each) for each in ("walk", "walk.yaml", "a/walk", "./walk")] == [
        False,
        True,
        True,
        True,
    ]

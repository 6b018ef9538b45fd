from pathlib import Path

import pytest

from pipelines.preflight import missing_inputs, problems_of
from pipelines.recipe import HumanRecipe, Recipe, load_recipe
from pipelines.recipe_schema import schema_text

BVH = "HIERARCHY\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MOTION_RECIPES", raising=False)
    folder = tmp_path / "mine"
    (folder / "recordings").mkdir(parents=True)
    (folder / "recordings" / "a.bvh").write_text(BVH)
    monkeypatch.chdir(folder)
    return folder


def test_recordings_onto_a_robot(motion, folder: Path) -> None:
    done = motion("new", "dances", "--robot", "g1", "--source", "recordings")
    assert (done.status, done.output) == (0, f"{folder / 'dances.yaml'}\n")
    assert f"motion run {folder / 'dances.yaml'}" in done.errors
    recipe = load_recipe(folder / "dances.yaml")
    assert isinstance(recipe, HumanRecipe)
    assert recipe.source.path == "recordings"
    assert recipe.training
    assert [*missing_inputs(recipe), *problems_of(recipe)] == []
    assert (folder / "motion-recipe.schema.json").read_text() == schema_text()


def test_walking_references(motion, references: Path, tmp_path: Path, folder: Path) -> None:
    options = ("--robot", "microduck", "--source", references, "--folder", tmp_path / "new")
    assert motion("new", "walk", *options).status == 0
    recipe = load_recipe(tmp_path / "new" / "walk.yaml")
    assert isinstance(recipe, Recipe)
    assert recipe.source_path() == references
    assert [*missing_inputs(recipe), *problems_of(recipe)] == []


def test_a_robot_without_a_pair_gets_one_proposed(motion, folder: Path, monkeypatch) -> None:
    duck = Path(__file__).resolve().parents[2] / "robots" / "open_duck_mini_v2"
    monkeypatch.setenv("MOTION_RECIPES", str(folder / "recipes"))
    done = motion("new", "ducks", "--robot", duck, "--source", "recordings")
    assert done.status == 0, done.errors
    recipe = load_recipe(folder / "recipes" / "ducks.yaml")
    assert isinstance(recipe, HumanRecipe)
    (key,) = recipe.robot_keys()
    pair = Path(recipe.retargeting().settings_of(recipe.file, key).pair)
    assert pair == folder / "recipes" / "pairs" / "smpl_to_open_duck_mini_v2.yaml"
    assert pair.is_file()
    assert str(pair) in done.errors
    # which is no recipe, and lies where nobody takes it for one
    assert [file.stem for file in (folder / "recipes").glob("*.yaml")] == ["ducks"]


def test_nothing_is_overwritten(motion, folder: Path) -> None:
    (folder / "dances.yaml").write_text("mine")
    done = motion("new", "dances", "--robot", "g1", "--source", "recordings")
    assert done.status == 2
    assert "is there already" in done.errors
    assert (folder / "dances.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Dances", "--robot", "g1", "--source", "recordings"), "lower-case letters"),
        (("dances", "--robot", "g2", "--source", "recordings"), "nearest: g1"),
        (("dances", "--robot", "g1", "--source", "recodrings"), "no such file or folder"),
        (("demo_g1", "--robot", "g1", "--source", "recordings"), "'demo_g1' is taken by"),
        (("dances", "--robot", "g1", "--source", "no.pkl"), "no.pkl"),
        (("dances", "--robot", "smpl", "--source", "no.pkl"), "of robots, not of smpl"),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(motion, folder: Path, words, said) -> None:
    (folder / "no.pkl").write_text("no pickle")
    before = sorted(folder.rglob("*"))
    done = motion("new", *words)
    assert (done.status, done.output) == (2, "")
    assert said in done.errors
    assert sorted(folder.rglob("*")) == before

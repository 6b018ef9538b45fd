from pathlib import Path

import pytest

from assets.recipes.paths import RecipeError
from pipelines.grids import compile_grid
from tests.assets.tail.test_policy import EXPERIMENT, RECIPE

GRID = """
name: gains
recipe: mine.yaml
overrides:
  base: {}
  high: {env.action.gain: 1.5, agent.normalize: true}
seeds: [0, 3]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(RECIPE)
    (tmp_path / "experiment.py").write_text(EXPERIMENT)
    return tmp_path


def grid(folder: Path, text: str) -> Path:
    (folder / "gains.yml").write_text(text)
    return folder / "gains.yml"


def test_a_grid_is_its_recipe_with_a_training_for_each_cell(folder: Path) -> None:
    compiled = compile_grid(grid(folder, GRID))
    recipe = compiled.recipe
    assert (recipe.name, recipe.file) == ("gains", folder / "mine.yaml")
    assert [t.name for t in recipe.training] == [
        "base_seed0",
        "base_seed3",
        "high_seed0",
        "high_seed3",
    ]
    assert [cell.variant for cell in compiled.cells] == ["base", "base", "high", "high"]
    high = recipe.training[3]
    assert (high.seed, high.max_steps, high.num_envs, high.batch_size) == (3, 10, 8, 48)
    assert high.overrides == {"env.action.gain": "1.5", "agent.normalize": "true"}
    assert high.experiment_path(recipe.file, "") == folder / "experiment.py"


def test_experiments_are_found_beside_the_grid_and_budgets_replaced(folder: Path) -> None:
    below = folder / "grids"
    below.mkdir()
    text = "name: g\nrecipe: ../mine.yaml\nexperiments: {one: ../experiment.py, two: t.py}\n"
    compiled = compile_grid(grid(below, text + "max_steps: 99\nnum_envs: 4\n"))
    one, two = compiled.recipe.training
    assert one.experiment == str(folder / "experiment.py")
    assert two.experiment == str(below / "t.py")
    assert (one.name, one.max_steps, one.num_envs) == ("one_seed0", 99, 4)
    assert compile_grid(grid(folder, "name: g\nrecipe: mine.yaml\n")).cells[0].variant == "own"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seeds: [0, 3]", "seeds: [0, 0]"), "seeds is .*expected one or more, each once"),
        (("seeds: [0, 3]", "seeds: []"), "one or more"),
        (("seeds: [0, 3]", "sedes: [0]"), "sedes.*nearest: seeds"),
        (("name: gains", "name: mine"), "name is 'mine', that of its recipe"),
        (("name: gains", "name: a-b"), "name is 'a-b', expected letters"),
        (("mine.yaml", "nowhere.yaml"), "recipe: .*nowhere.yaml: no such recipe file"),
        (("  high:", "  b-c:"), "overrides is 'b-c'"),
        (("seeds", "training: other\nseeds"), "training is 'other', expected one of"),
        (("seeds: [0, 3]", f"seeds: {list(range(501))}"), "1002 trainings.*at most 1000"),
    ],
)
def test_what_cannot_be_is_named(folder: Path, change: tuple[str, str], said: str) -> None:
    path = grid(folder, GRID.replace(*change))
    with pytest.raises(RecipeError, match=f"gains.yml: .*{said}"):
        compile_grid(path)


def test_two_cells_of_one_name_are_refused(folder: Path) -> None:
    text = "name: g\nrecipe: mine.yaml\nexperiments: {a: e.py, a_b: e.py}\n"
    with pytest.raises(RecipeError, match="a_b_c_seed0 would be several trainings of one name"):
        compile_grid(grid(folder, text + "overrides: {b_c: {}, c: {}}\n"))

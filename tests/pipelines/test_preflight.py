from pathlib import Path

import pytest

from pipelines.preflight import missing_inputs, problems_of
from pipelines.recipe import load_recipe

SHIPPED = Path(__file__).resolve().parents[2] / "pipelines" / "recipes"
RECIPE = """
name: mine
description: A recipe.
robot: {robot}
source: {{path: motions.pkl}}
artifact: {{name: mine}}
training:
{trainings}
"""
EXPERIMENT = """
from training.config import Experiment
def experiment():
    return Experiment(name="mine", robot="{robot}", num_envs=4)
"""


def problems(folder: Path, *trainings: str, robot: str = "microduck") -> list[str]:
    listed = "\n".join(f"  - {{{training}}}" for training in trainings)
    (folder / "mine.yaml").write_text(RECIPE.format(robot=robot, trainings=listed))
    return problems_of(load_recipe(folder / "mine.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, robot in (("microduck", "microduck"), ("any", ""), ("human", "g1")):
        (tmp_path / f"{name}.py").write_text(EXPERIMENT.format(robot=robot))
    return tmp_path


def test_sound_trainings_have_no_problem(folder: Path) -> None:
    sound = (
        "name: one, experiment: microduck.py, max_steps: 1, num_envs: 8, batch_size: 48",
        "name: two, experiment: any.py, max_steps: 1, num_envs: 8, batch_size: 48",
        "name: three, experiment: '{robot}.py', max_steps: 1, num_envs: 8, batch_size: 48",
    )
    assert problems(folder, *sound) == []


def test_all_problems_are_told_at_once(folder: Path) -> None:
    missing, field, other = problems(
        folder,
        "name: one, experiment: nowhere.py, max_steps: 1",
        "name: two, experiment: microduck.py, max_steps: 1, overrides: {agent.gama: 0.9}",
        "name: three, experiment: human.py, max_steps: 1",
    )
    assert "nowhere.py: no such file" in missing
    assert "agent.gama is unknown" in field
    assert "nearest: gamma" in field
    assert "human.py: experiment mine: robot is g1 (29 dofs), asked to train microduck" in other


def test_a_robot_that_is_not_there(folder: Path) -> None:
    (told,) = problems(folder, "experiment: any.py, max_steps: 1", robot="microdukc")
    assert "microduck" in told


def test_a_source_and_robots_that_are_not_there_are_told_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mocap.yaml").write_text(
        "name: mocap\ndescription: d\nrobot: smlp\nsource: {kind: amass, path: $MY_AMASS}\n"
        "artifact: {name: mocap}\n"
        "retarget: {robots: [g1, h3, ./robots/mine], artifact: {name: 'mocap-{robot}'}}\n"
    )
    recipe = load_recipe(tmp_path / "mocap.yaml")
    monkeypatch.delenv("MY_AMASS", raising=False)
    source, humanoid, unknown, path = missing_inputs(recipe)
    assert "$MY_AMASS is not set" in source
    assert "robot: robot 'smlp'" in humanoid
    assert "retarget.robots: robot 'h3'" in unknown
    assert str(tmp_path / "robots" / "mine") in path
    monkeypatch.setenv("MY_AMASS", str(tmp_path / "mocap.yaml"))
    assert "expected a folder that is there" in missing_inputs(recipe)[0]
    monkeypatch.setenv("MY_AMASS", str(tmp_path))
    assert len(missing_inputs(recipe)) == 3


def test_a_copy_of_a_shipped_recipe_is_told_where_its_paths_start(tmp_path: Path) -> None:
    text = (SHIPPED / "microduck_walk.yaml").read_text(encoding="utf-8")
    copy = tmp_path / "deep" / "er" / "mine.yaml"
    copy.parent.mkdir(parents=True)
    copy.write_text(text.replace("name: microduck_walk", "name: mine"))
    recipe = load_recipe(copy)
    for said, field in ((missing_inputs(recipe), "source.path"), (problems_of(recipe), "experim")):
        (line,) = said
        assert line.startswith(f"{copy}: ")
        assert field in line
        assert str(tmp_path) in line.partition(field)[2]
        assert "a relative path starts at the recipe's own folder" in line

import shutil
from pathlib import Path

import dagster as dg
import pytest

from assets.recipes.recordings import HumanRecipe
from assets.recipes.walking import Recipe
from pipelines.recipe import load_recipe
from pipelines.sensors import human_sensor_of, sensor_of

RECIPE = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10}
"""


HUMAN = """
name: mocap
description: A recipe of human motions.
robot: smpl
source: {kind: amass, path: mocap}
artifact: {name: mocap}
"""


@pytest.fixture
def sensor(tmp_path: Path) -> dg.SensorDefinition:
    (tmp_path / "mine.yaml").write_text(RECIPE)
    recipe = load_recipe(tmp_path / "mine.yaml")
    assert isinstance(recipe, Recipe)
    return sensor_of(recipe)


def look(sensor: dg.SensorDefinition, cursor: str | None) -> tuple[int, str, str | None]:
    with dg.build_sensor_context(cursor=cursor) as context:
        data = sensor.evaluate_tick(context)
    return len(data.run_requests or []), data.skip_message or "", data.cursor


def test_new_content_asks_for_one_run(tmp_path: Path, sensor: dg.SensorDefinition) -> None:
    source = tmp_path / "motions.pkl"
    source.write_bytes(b"one")
    runs, reason, first = look(sensor, None)
    assert (runs, reason) == (0, "first look; remembered")
    runs, reason, _ = look(sensor, first)
    assert runs == 0
    assert "motions.pkl is unchanged" in reason
    source.write_bytes(b"two")
    runs, _, second = look(sensor, first)
    assert runs == 1
    assert second != first
    assert look(sensor, second)[0] == 0


def test_a_missing_source_is_a_reason_to_skip(sensor: dg.SensorDefinition) -> None:
    runs, reason, _ = look(sensor, None)
    assert runs == 0
    assert "cannot be read" in reason
    assert "motions.pkl" in reason


@pytest.fixture
def folder_sensor(tmp_path: Path) -> dg.SensorDefinition:
    (tmp_path / "mocap.yaml").write_text(HUMAN)
    recipe = load_recipe(tmp_path / "mocap.yaml")
    assert isinstance(recipe, HumanRecipe)
    return human_sensor_of(recipe)


def request(sensor: dg.SensorDefinition, cursor: str | None) -> tuple[str, str | None]:
    """Which datasets the run is for, and the next cursor."""
    with dg.build_sensor_context(cursor=cursor) as context:
        data = sensor.evaluate_tick(context)
    (run,) = data.run_requests or []
    assert run.run_key
    assert run.run_config == {
        "ops": {"mocap_stages": {"config": {"changed": run.tags["changed"].split(", ")}}}
    }
    return run.tags["changed"], data.cursor


def test_new_changed_and_vanished_files_ask_for_runs(
    tmp_path: Path, folder_sensor: dg.SensorDefinition
) -> None:
    for name in ("CMU/a_poses.npz", "KIT/a_poses.npz"):
        (tmp_path / "mocap" / name).parent.mkdir(parents=True)
        (tmp_path / "mocap" / name).write_bytes(b"never opened")
    assert look(folder_sensor, None)[:2] == (0, "first look; remembered")
    cursor = look(folder_sensor, None)[2]
    assert look(folder_sensor, cursor)[:2] == (0, "2 datasets are unchanged")
    (tmp_path / "mocap/KIT/b_poses.npz").write_bytes(b"new")
    changed, cursor = request(folder_sensor, cursor)
    assert changed == "KIT"
    (tmp_path / "mocap/CMU/a_poses.npz").write_bytes(b"changed")
    (tmp_path / "mocap/top_poses.npz").write_bytes(b"new")
    changed, cursor = request(folder_sensor, cursor)
    assert changed == "CMU, unsorted"
    shutil.rmtree(tmp_path / "mocap/KIT")
    assert request(folder_sensor, cursor)[0] == "KIT"


def test_a_missing_folder_is_a_reason_to_skip(folder_sensor: dg.SensorDefinition) -> None:
    runs, reason, _ = look(folder_sensor, None)
    assert runs == 0
    assert "mocap: no such folder" in reason

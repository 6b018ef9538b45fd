from pathlib import Path

import dagster as dg
import pytest

from pipelines.recipe import load_recipe
from pipelines.sensors import sensor_of

RECIPE = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10}
"""


@pytest.fixture
def sensor(tmp_path: Path) -> dg.SensorDefinition:
    (tmp_path / "mine.yaml").write_text(RECIPE)
    return sensor_of(load_recipe(tmp_path / "mine.yaml"))


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

import datetime
import hashlib
from pathlib import Path

import dagster as dg

from pipelines.recipe import load_recipe
from pipelines.schedules import schedule_of

RECIPE = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10}
schedule: "30 1 * * *"
"""


@dg.asset(key=["mine", "reference_motions"], code_version="1")
def reference_motions() -> dg.MaterializeResult:
    sha256 = hashlib.sha256(b"one").hexdigest()
    return dg.MaterializeResult(data_version=dg.DataVersion(sha256))


def tick(schedule: dg.ScheduleDefinition, instance: dg.DagsterInstance) -> tuple[int, str]:
    now = datetime.datetime(2026, 1, 1, 1, 30, tzinfo=datetime.UTC)
    with dg.build_schedule_context(instance, scheduled_execution_time=now) as context:
        data = schedule.evaluate_tick(context)
    return len(data.run_requests or []), data.skip_message or ""


def test_it_runs_at_night_only_when_something_changed(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(RECIPE)
    schedule = schedule_of(load_recipe(tmp_path / "mine.yaml"), [reference_motions])
    assert schedule.cron_schedule == "30 1 * * *"
    with dg.instance_for_test() as instance:
        assert tick(schedule, instance)[0] == 1
        dg.materialize([reference_motions], instance=instance)
        assert "cannot be read" in tick(schedule, instance)[1]
        (tmp_path / "motions.pkl").write_bytes(b"one")
        assert tick(schedule, instance) == (
            0,
            "source, settings and code are those of the last run",
        )
        (tmp_path / "motions.pkl").write_bytes(b"two")
        assert tick(schedule, instance)[0] == 1

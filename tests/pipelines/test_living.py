import signal
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from pipelines.home import open_instance
from pipelines.living import fail_dead_runs, living_run

BUSY = """
import sys, time
import dagster as dg
from pathlib import Path
from pipelines.home import open_instance
from pipelines.living import living_run

@dg.op
def wait():
    Path(sys.argv[1]).touch()
    time.sleep(60)

@dg.job
def waiting():
    wait()

with living_run() as run_id, open_instance() as instance:
    waiting.execute_in_process(instance=instance, run_id=run_id)
"""


def test_a_killed_run_is_failed_and_a_busy_one_is_left(
    motion_home: Path, run_child: Callable, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    child = run_child(BUSY, tmp_path / "begun")
    child.wait_until((tmp_path / "begun").exists)
    with open_instance() as instance:
        assert fail_dead_runs(instance) == []
        child.signal(signal.SIGKILL)
        (dead,) = fail_dead_runs(instance)
        run = instance.get_run_by_id(dead)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert fail_dead_runs(instance) == []
    assert list((motion_home / "dagster" / "living").iterdir()) == []


def test_a_run_that_ended_leaves_no_lock(motion_home: Path) -> None:
    with living_run() as run_id:
        assert (motion_home / "dagster" / "living" / run_id).exists()
    assert list((motion_home / "dagster" / "living").iterdir()) == []

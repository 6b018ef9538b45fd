import signal
from collections.abc import Callable
from pathlib import Path

import dagster as dg

from pipelines.home import open_instance
from pipelines.run_locks import fail_dead_runs, locked_run

BUSY = """
import sys, time
import dagster as dg
from pathlib import Path
from pipelines.home import open_instance
from pipelines.run_locks import locked_run

@dg.op
def wait():
    Path(sys.argv[1]).touch()
    time.sleep(60)

@dg.job
def waiting():
    wait()

with locked_run() as run_id, open_instance() as instance:
    waiting.execute_in_process(instance=instance, run_id=run_id)
"""

LOCKED = """
import fcntl, sys
from pathlib import Path
from motionlib.files import motion_home
from pipelines.run_locks import locked_run

Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    pass
for _ in range(int(sys.argv[3])):
    with locked_run() as run_id, (motion_home() / "dagster" / "living" / run_id).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        raise SystemExit("a run has no lock")
"""

SWEEPING = """
import sys
from pathlib import Path
import dagster as dg
from pipelines.run_locks import fail_dead_runs

with dg.DagsterInstance.ephemeral() as instance:
    Path(sys.argv[1]).touch()
    while not Path(sys.argv[2]).exists():
        fail_dead_runs(instance)
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
    with locked_run() as run_id:
        assert (motion_home / "dagster" / "living" / run_id).exists()
    assert list((motion_home / "dagster" / "living").iterdir()) == []


def test_runs_that_begin_and_end_while_others_sweep_keep_their_locks(
    motion_home: Path, run_child: Callable, tmp_path: Path
) -> None:
    go, over = tmp_path / "go", tmp_path / "over"
    sweepers = [run_child(SWEEPING, tmp_path / f"sweeping-{n}", over) for n in range(2)]
    locked = [run_child(LOCKED, tmp_path / f"locked-{n}", go, 400) for n in range(2)]
    for n in range(2):
        locked[n].wait_until((tmp_path / f"locked-{n}").exists)
        sweepers[n].wait_until((tmp_path / f"sweeping-{n}").exists)
    go.touch()
    for child in locked:
        child.finish()
    over.touch()
    for child in sweepers:
        child.finish()
    assert list((motion_home / "dagster" / "living").iterdir()) == []

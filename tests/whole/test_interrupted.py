"""A graph whose process is killed, at any stage, is finished by the next run."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipelines.home import open_instance

TESTS = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "pipelines", "dying"]


def stage_begun(home: Path, stage: str) -> bool:
    """A layer of this stage is being written."""
    return any(left.is_dir() for left in (home / "cache" / "dying" / stage).rglob(".*.tmp"))


def training_begun(home: Path) -> bool:
    return any((home / "results").glob("dying-*/logs"))


STAGES: dict[str, Callable[[Path], bool]] = {
    "sampled_motions": lambda home: stage_begun(home, "sampled_motions"),
    "npz_motions": lambda home: stage_begun(home, "npz_motions"),
    "policy": training_begun,
    "full_evaluation": lambda home: stage_begun(home, "full_evaluation"),
}


def processes_of(home: Path) -> list[int]:
    """Processes that work for this home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"MOTION_HOME={home}".encode() in environment and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_graph_that_was_killed_is_finished_by_the_next_run(
    motion_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rewrite_recipe: Callable,
) -> None:
    # every reference: stages take long enough to die in
    every = {"name": "dying", "source": {"motions": []}, "selection": {"strategy": "edges"}}
    rewrite_recipe("smoke", tmp_path / "recipes", every)
    monkeypatch.setenv("DAGSTER_HOME", "")
    environment = {
        **os.environ,
        "MOTION_HOME": str(motion_home),
        "MOTION_RECIPES": str(tmp_path / "recipes"),
        "DAGSTER_HOME": "",
        "OMP_NUM_THREADS": "1",
    }
    options = {"cwd": TESTS.parent, "env": environment, "text": True}
    died = []
    for stage, begun in STAGES.items():
        limit = time.monotonic() + 90
        with subprocess.Popen(COMMAND, stderr=subprocess.PIPE, **options) as process:
            while process.poll() is None and not begun(motion_home) and time.monotonic() < limit:
                time.sleep(0.005)
            if process.poll() is None:
                process.kill()
                died.append(stage)
            process.communicate(timeout=60)
        deadline = time.monotonic() + 30
        while processes_of(motion_home):
            assert time.monotonic() < deadline, f"{stage}: a child outlived its run"
            time.sleep(0.05)
    assert {"sampled_motions", "npz_motions", "policy"} <= set(died)

    done = subprocess.run(COMMAND, capture_output=True, timeout=300, check=False, **options)
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(motion_home / "reports" / "dying" / "per_motion.parquet")
    assert len(table) == 7
    assert not any(left.is_dir() for left in (motion_home / "cache").rglob("*.tmp"))
    with open_instance() as instance:
        assert all(run.is_finished for run in instance.get_runs()), "the dead are known as failed"

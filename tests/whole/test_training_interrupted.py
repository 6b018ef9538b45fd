"""A recipe's run stopped and killed while it trains; the next one picks up where it stood."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


OVERRIDES = {
    "agent.actor.hidden": [32],
    "agent.critic.hidden": [32],
    "saving.save_every_s": 0.5,
}


@pytest.fixture
def train_for(tmp_path: Path, rewrite_recipe: Callable) -> Callable[[int], None]:
    def rewrite(max_steps: int) -> None:
        training = {"max_steps": max_steps, "overrides": OVERRIDES}
        rewrite_recipe("smoke", tmp_path / "recipes", {"name": "long", "training": training})

    return rewrite


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "MOTION_HOME": str(tmp_path / "home"),
        "MOTION_RECIPES": str(tmp_path / "recipes"),
        "DAGSTER_HOME": "",
        "OMP_NUM_THREADS": "1",
    }


class Run:
    """`python -m pipelines long`, its lines as they come."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipelines", "long"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def wait_for(self, text: str, seconds: float = 90.0) -> None:
        deadline = time.monotonic() + seconds
        while not any(text in line for line in self.lines):
            assert time.monotonic() < deadline, self.lines
            assert self.process.poll() is None, self.lines
            time.sleep(0.05)


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator:
    runs: list[Run] = []

    def begin() -> Run:
        runs.append(Run(environment))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()


def trainings(home: Path) -> list[int]:
    """Processes that train into this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            variables = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"train_agent.py" in line and f"MOTION_HOME={home}\0".encode() in variables:
            found.append(int(folder.name))
    return found


def all_ended(home: Path) -> bool:
    deadline = time.monotonic() + 20
    while trainings(home) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not trainings(home)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_stopped_then_killed_then_finished(
    start: Callable, train_for: Callable[[int], None], tmp_path: Path
) -> None:
    train_for(100_000_000)
    home = tmp_path / "home"
    first = start()
    first.wait_for("policy  epoch ")
    assert trainings(home)
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(timeout=60) == 1
    assert all_ended(home), "a training never outlives its run"
    (checkpoint,) = (home / "results").glob("long-*/last.ckpt")
    assert any("picks up where it stood" in line for line in first.lines)

    second = start()
    second.wait_for("resuming ")
    before = checkpoint.stat().st_mtime_ns
    deadline = time.monotonic() + 30
    while checkpoint.stat().st_mtime_ns == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    second.process.kill()
    second.process.wait(timeout=20)
    assert all_ended(home), "killed with its parents"

    train_for(1)
    third = start()
    assert third.process.wait(timeout=120) == 0, third.lines
    assert any("finished: " in line for line in third.lines)
    assert (home / "reports" / "long" / "per_motion.parquet").is_file()
    leftovers = [p for p in (home / "cache").rglob("*.tmp")]
    assert leftovers == []

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

ROOT = Path(__file__).resolve().parents[2]
COUNTER = """
import os, signal, sys, time
open(sys.argv[1], "w").write(str(os.getpid()))
try:
    print('epoch 1', flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    open(sys.argv[1] + ".saved", "w").write("saved")
    sys.exit(130)
"""


def child(*command: str) -> list[str]:
    return [sys.executable, "-m", "assets.child", *command]


def messages(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.user_message for entry in instance.all_logs(run_id)]


def run(command: list[str]) -> tuple[bool, list[str]]:
    @dg.asset
    def program(
        context: dg.AssetExecutionContext, client: dg.PipesSubprocessClient
    ) -> dg.MaterializeResult:
        done = client.run(context=context, command=command, cwd=str(ROOT))
        return done.get_materialize_result()

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [program],
            resources={"client": dg.PipesSubprocessClient()},
            instance=instance,
            raise_on_error=False,
        )
        return result.success, messages(instance, result.run_id)


def test_lines_appear_in_the_log_of_the_run() -> None:
    code = "print('starting'); print('epoch 3  reward 0.25'); print('epoch 4  reward 0.5')"
    success, lines = run(child(sys.executable, "-c", code))
    assert success
    assert "starting" in lines
    assert "epoch 3  reward 0.25" in lines
    assert "epoch 4  reward 0.5" not in lines, "one line of a kind every few seconds"


def test_a_failure_fails_the_step_and_shows_the_last_lines() -> None:
    success, lines = run(child(sys.executable, "-c", "raise SystemExit('no such motion')"))
    assert not success
    assert any("ended with status 1" in line and "no such motion" in line for line in lines)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_reaches_the_program_which_saves(tmp_path: Path, signum: int) -> None:
    wrapper, pid = started(tmp_path)
    wrapper.send_signal(signum)
    wrapper.wait(timeout=20)
    assert (tmp_path / "pid.saved").read_text() == "saved"
    assert ended(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
def test_a_killed_wrapper_takes_the_program_along(tmp_path: Path) -> None:
    wrapper, pid = started(tmp_path)
    wrapper.kill()
    wrapper.wait(timeout=20)
    assert ended(pid)


def started(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    note = folder / "pid"
    wrapper = subprocess.Popen(
        child(sys.executable, "-c", COUNTER, str(note)), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 30
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    return wrapper, int(note.read_text())


def ended(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False

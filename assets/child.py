"""Runs one of the workbench's programs as a child and reports its lines through Dagster Pipes.

The program itself knows nothing of Dagster: `python -m assets.child PROGRAM ARGUMENTS...`, started
by a Pipes client, relays what it prints into the run's log.
"""

import collections
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

from dagster_pipes import PipesContext, open_dagster_pipes

_LOG_EVERY_S = 5.0
"""s between logged lines of one kind; epochs come faster than a person reads."""
_KEPT_LINES = 40
_GRACE_S = 15.0
"""s that the program has to save its state after an interrupt."""
_PR_SET_PDEATHSIG = 1


def main(command: Sequence[str]) -> int:
    """Run the command; its exit status is ours."""
    _die_with_parent(signal.SIGTERM)
    with open_dagster_pipes() as pipes, _started(command) as process:
        tail = _relay(process, pipes)
        status = process.wait()
        if status:
            pipes.log.error(f"{command[0]} ended with status {status}:\n" + "\n".join(tail))
            return status if status > 0 else 128 - status
        pipes.report_custom_message({"last_line": tail[-1] if tail else ""})
    return 0


@contextlib.contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """The running program; interrupts are handed on once, and it never outlives us."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        bufsize=1,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        # a session of its own: Ctrl-C in a terminal reaches it once, through us
        start_new_session=True,
        preexec_fn=lambda: _die_with_parent(signal.SIGKILL),  # noqa: PLW1509
    )
    stopping = threading.Event()

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        if not stopping.is_set():
            stopping.set()
            process.send_signal(signal.SIGINT)
            timer = threading.Timer(_GRACE_S, process.kill)
            timer.daemon = True
            timer.start()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _relay(process: subprocess.Popen[str], pipes: PipesContext) -> list[str]:
    """Log what the program prints until it ends; epoch lines are thinned out by time."""
    tail: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
    shown: dict[str, float] = {}
    assert process.stdout is not None
    for raw in process.stdout:
        line = raw.rstrip().rsplit("\r", 1)[-1]
        if not line:
            continue
        tail.append(line)
        kind = line.split(maxsplit=1)[0]
        if time.monotonic() - shown.get(kind, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            shown[kind] = time.monotonic()
            pipes.log.info(line)
    return list(tail)


def _die_with_parent(signum: int) -> None:
    """Ask Linux for a signal when the parent is killed; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

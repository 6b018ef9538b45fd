"""Every run of this program holds a lock until it ends, which tells whose process has died."""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from motionlib.files import locked, motion_home, sweep_leftovers, temporary_beside


@contextlib.contextmanager
def locked_run() -> Iterator[str]:
    """Id for a run of this process, its lock held until the run ends or the process dies."""
    run_id = str(uuid.uuid4())
    path = _folder() / run_id
    path.parent.mkdir(parents=True, exist_ok=True)
    # locked before it has its name: whoever finds the name while we live finds it locked
    nameless = temporary_beside(path)
    handle = os.open(nameless, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        nameless.rename(path)
        yield run_id
    finally:
        nameless.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        os.close(handle)


@contextlib.contextmanager
def one_at_a_time(recipe: str) -> Iterator[None]:
    """Hold the recipe for the time of a run; wait, and say so, while another process runs it."""
    with locked(motion_home() / "cache" / recipe / ".lock"):
        yield


def fail_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs whose process was killed as failed; Dagster itself shows them as busy for ever.

    Returns:
        Their ids.
    """
    dead = []
    sweep_leftovers(_folder())
    for path in sorted(_folder().glob("[!.]*")):
        with _dead_lock(path) as is_dead:
            if not is_dead:
                continue
            run = instance.get_run_by_id(path.name)
            if run is not None and not run.is_finished:
                instance.report_run_failed(run, "its process was killed")
                dead.append(path.name)
            path.unlink(missing_ok=True)
    return dead


@contextlib.contextmanager
def _dead_lock(path: Path) -> Iterator[bool]:
    """Whether the process that held the lock has died; it is ours meanwhile, so one reports."""
    try:
        file = path.open()
    except FileNotFoundError:  # its run ended, or another process has reported it
        yield False
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _folder() -> Path:
    return motion_home() / "dagster" / "living"

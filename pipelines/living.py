"""Runs of this program hold a lock while they live, so that the dead are told from the busy."""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from motionlib.files import locked, motion_home


@contextlib.contextmanager
def living_run() -> Iterator[str]:
    """Id for a run of this process, its lock held until the run ends or the process dies."""
    run_id = str(uuid.uuid4())
    path = _folder() / run_id
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield run_id
    finally:
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
    for path in sorted(_folder().glob("*")):
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
        run = instance.get_run_by_id(path.name)
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, "its process was killed")
            dead.append(path.name)
        path.unlink(missing_ok=True)
    return dead


def _folder() -> Path:
    return motion_home() / "dagster" / "living"

"""Work for a pool, where worker processes can import it."""

import os
import signal
import time
from pathlib import Path

from motionlib.worker_pool import Job


def work(task: str) -> str:
    """What the task's first word asks for."""
    verb, _, rest = task.partition(" ")
    if verb == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if verb == "once":  # the second attempt finds the mark of the first
        mark = Path(rest)
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if verb == "leave":
        os._exit(3)
    if verb == "bug":
        raise ZeroDivisionError(rest)
    if verb == "full":
        raise OSError(28, "No space left on device", rest)
    if verb == "sleep":
        time.sleep(float(rest))
    return f"did {task} in {os.getpid()}" if verb == "where" else f"did {task}"


def gave_up(task: str, reason: str) -> str:
    """The pool's result for a deadly task."""
    return f"gave up {task}: {reason}"


def job(tasks: list[str]) -> Job:
    """A job whose tasks cost the same."""
    return Job(tasks=tasks, work=work, name=str, cost=len, gave_up=gave_up)


class Unreadable:
    """Work that no worker can unpickle."""

    def __call__(self, task: str) -> str:
        """Never reached."""
        return task

    def __reduce__(self) -> tuple[object, ...]:
        return (int, ("no number",))

"""Worker processes that may die: tasks longest first, results as they come, nothing hangs."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

_CHUNK_TASKS = 16
_CHUNKS_A_WORKER = 16
"""The cost of all tasks over this and the workers is that of one chunk, at most."""
_MAX_FAILED_STARTS = 3
_GRACE_S = 3.0
"""s that workers have to finish the task in hand once nobody wants more."""
_ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
}


class WorkError(RuntimeError):
    """A task met an error that nobody expected; the message names the task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Tasks and what to do with each; all of it can be pickled."""

    tasks: Sequence[Any]
    work: Callable[[Any], Any]
    """Task to result; a function at the top of a module, or a partial of one."""
    name: Callable[[Any], str]
    """Task to its name for people."""
    cost: Callable[[Any], float]
    """Task to its share of the work."""
    gave_up: Callable[[Any, str], Any]
    """Task and reason to the result of one that killed its process twice."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    process: SpawnProcess
    connection: Connection
    pending: deque[int] = field(default_factory=deque)
    """Indices that it was given and has not answered, in its own order."""
    ready: bool = False


def available_cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_for(processes: int, *, large: bool) -> int:
    """Workers that a caller's `processes` means: 0 every core, 1 none, but the process itself.

    Args:
        processes: As the caller was asked.
        large: Whether the work takes longer than workers take to start. With 0 even little has a
            worker: a task that kills its process should not kill this one.
    """
    if processes == 0:
        return available_cores() if large else 1
    return processes if processes > 1 else 0


def work_off(job: Job, *, workers: int) -> Generator[tuple[int, Any], None, None]:
    """Yield index and result of each task, in the order in which they are done.

    Without workers the work is done in this process. Each worker is one spawned anew, and tells of
    a task as soon as it is done. One that dies (killed for its memory, a fault in a library) is
    replaced, and the task that it was at waits for the end: then it is tried once more, with no
    other beside it. If its worker dies again, it is given up, however many there are of its kind.
    Closing the iterator lets the workers finish the task in hand and end.

    Raises:
        WorkError: A task raised what it should not have, or workers cannot start.
        OSError: A task raised it.
    """
    if not workers:
        yield from _here(job)
        return
    pool = _Pool(job, min(workers, len(job.tasks)))
    try:
        yield from pool.run()
    finally:
        pool.close()


def _here(job: Job) -> Iterator[tuple[int, Any]]:
    for index, task in enumerate(job.tasks):
        try:
            result = job.work(task)
        except OSError as error:
            error.add_note(f"at {job.name(task)}")
            raise
        except Exception as error:
            raise WorkError(f"{job.name(task)}: {type(error).__name__}: {error}") from error
        yield index, result


class _Pool:
    def __init__(self, job: Job, workers: int) -> None:
        self._job = job
        self._costs = [job.cost(task) for task in job.tasks]
        order = sorted(range(len(job.tasks)), key=lambda index: -self._costs[index])
        self._waiting = deque(order)
        self._budget = sum(self._costs) / (workers * _CHUNKS_A_WORKER)
        self._suspects: deque[int] = deque()
        """Tasks at which a worker died once."""
        self._alone: int | None = None
        """The suspect that is being tried."""
        self._failed_starts = 0
        self._content = pickle.dumps(job.work)
        self._size = workers
        self._workers: list[_Worker] = []

    def run(self) -> Iterator[tuple[int, Any]]:
        for _ in range(self._size):
            self._start()
        while self._waiting or self._suspects or self._busy():
            by_connection = {worker.connection: worker for worker in self._workers}
            for connection in multiprocessing.connection.wait(list(by_connection)):
                yield from self._hear(by_connection[connection])  # type: ignore[index]

    def _busy(self) -> bool:
        return any(worker.pending for worker in self._workers)

    def close(self) -> None:
        """End all workers; what they have in hand they may finish."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            _end(worker.process)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._content), daemon=True)
        process.start()
        theirs.close()  # so that its death is the end of our file
        self._workers.append(_Worker(process=process, connection=ours))

    def _hear(self, worker: _Worker) -> Iterator[tuple[int, Any]]:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        if not worker.ready:
            worker.ready, self._failed_starts = True, 0
        else:
            index = worker.pending.popleft()
            self._alone = None
            self._raise_if_failed(message, index)
            yield index, message
        if len(worker.pending) <= 1:
            self._feed(worker)
        if self._suspects and not self._waiting and not self._busy():
            self._try_alone()

    def _feed(self, worker: _Worker) -> None:
        """Give the next chunk while there is still one task in hand."""
        chunk: list[int] = []
        cost = 0.0
        while self._waiting and len(chunk) < _CHUNK_TASKS and cost <= self._budget:
            chunk.append(self._waiting.popleft())
            cost += self._costs[chunk[-1]]
        self._give(worker, chunk)

    def _try_alone(self) -> None:
        """Give a suspect to a worker while no other has anything to do."""
        worker = next((each for each in self._workers if each.ready), None)
        if worker is not None:
            self._alone = self._suspects.popleft()
            self._give(worker, [self._alone])

    def _give(self, worker: _Worker, chunk: list[int]) -> None:
        worker.pending += chunk
        if chunk:
            with contextlib.suppress(OSError):  # it died: its end of file is heard next
                worker.connection.send([self._job.tasks[index] for index in chunk])

    def _bury(self, worker: _Worker) -> Iterator[tuple[int, Any]]:
        _end(worker.process)
        worker.connection.close()
        self._workers.remove(worker)
        died = f"its process died ({_ending(worker.process.exitcode)})"
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _MAX_FAILED_STARTS:
                raise WorkError(f"a worker could not start: {died}")
        elif worker.pending:
            index = worker.pending.popleft()
            self._waiting.extendleft(reversed(worker.pending))
            if index == self._alone:
                self._alone = None
                yield index, self._job.gave_up(self._job.tasks[index], f"{died}, twice")
            else:
                self._suspects.append(index)
        if self._waiting or self._suspects:
            self._start()

    def _raise_if_failed(self, message: object, index: int) -> None:
        if isinstance(message, _Failed):
            name = self._job.name(self._job.tasks[index])
            if message.system is not None:
                message.system.add_note(f"at {name}")
                raise message.system
            raise WorkError(f"{name}: {message.text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """An exception on its way home, as text: its own kind may not be picklable."""

    text: str
    system: OSError | None = None


def _end(process: SpawnProcess) -> None:
    """Wait for a worker whose pipe is closed; kill it if it does not end."""
    process.join(_GRACE_S)
    if process.exitcode is None:
        process.kill()
        process.join()


def _serve(connection: Connection, content: bytes) -> None:
    """Life of a worker; ends when the other end of its pipe does, for whatever reason."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    os.environ.update(_ONE_THREAD)  # before numpy and its like are imported by the next line
    work = pickle.loads(content)
    with contextlib.suppress(EOFError, ConnectionError):
        connection.send("ready")
        while True:
            for task in connection.recv():
                connection.send(_result(work, task))


def _result(work: Callable[[Any], Any], task: Any) -> Any:
    try:
        return work(task)
    except OSError as error:
        return _Failed(text=str(error), system=error)
    except Exception as error:  # noqa: BLE001 - raised again by the parent
        trace = "".join(traceback.format_exception(error))
        return _Failed(text=f"{type(error).__name__}: {error}\n\n{trace}")


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        return f"{name}: out of memory?" if name == "SIGKILL" else name
    return f"exit status {exitcode}"

"""A stage of clips: what its store holds by key is taken from there, the rest is worked off.

Conversion and retargeting are two of them: each says how a clip's key is made and what is to be
done with a clip, and no more.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from motionlib.progress_bar import ProgressBar
from motionlib.showing import counted
from motionlib.stages.result import StageResult, StoredClip
from motionlib.stages.store import ClipStore
from motionlib.worker_pool import Job, work_off, workers_for

Item = TypeVar("Item")
_BAR = (
    "{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} {unit}{postfix} "
    "[{elapsed}<{remaining}, {rate_noinv_fmt}]"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipTask(Generic[Item]):
    """One clip that the store does not hold; can be pickled where its item can."""

    item: Item
    key: str
    """Under which the result is kept."""

    def refused(self, reason: str, *, gate: str = "", frame: int | None = None) -> StoredClip:
        """A result that is not remembered: it may be another one the next time."""
        return StoredClip(key=self.key, path="", measures={}, reason=reason, gate=gate, frame=frame)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipStage(Generic[Item]):
    """How the items of a stage are named, worked at and shown."""

    store: ClipStore
    key: Callable[[Item], str]
    """A digest of everything that an item's result depends on."""
    work: Callable[[ClipTask[Item]], StoredClip]
    """Makes a result and keeps it in the store, or refuses; can be pickled."""
    name: Callable[[Item], str]
    """The clip's id."""
    cost: Callable[[Item], float]
    """Its share of the work."""
    size: Callable[[Item], float]
    """What the bar counts of it."""
    unit: str
    """Unit of these sizes."""
    alone: float
    """The size that one worker masters in less time than others take to start."""
    label: str
    """Text before the bar."""
    done: str
    """For sentences about clips: `converted`."""

    def run(
        self, items: Sequence[Item], *, processes: int = 0, progress: bool = True
    ) -> list[StageResult]:
        """Make what the store does not hold yet; an interrupted call is resumed by the next.

        Of items with one key one is worked at, unless it is refused: what is wrong with its own
        file costs its copies nothing.

        Args:
            items: Whatever `key`, `name` and `work` understand.
            processes: How many work at it; 0 takes a worker for every core, 1 this process alone.
            progress: Whether a bar is shown when stderr is a terminal.

        Returns:
            One result an item, in their order, whatever the number of processes.

        Raises:
            WorkError: A bug outside of any clip, or workers that cannot start.
            OSError: The store cannot be written.
        """
        tasks = [ClipTask(item=item, key=self.key(item)) for item in items]
        known = {task.key: found for task in tasks if (found := self.store.get(task.key))}
        made: dict[int, StoredClip] = {}
        if any(task.key not in known for task in tasks):
            self.store.sweep()
            made = self._make(tasks, known, processes=processes, progress=progress)
        return [
            _result(self.name(task.item), made.get(number) or known[task.key], number in made)
            for number, task in enumerate(tasks)
        ]

    def _make(
        self,
        tasks: Sequence[ClipTask[Item]],
        known: dict[str, StoredClip],
        *,
        processes: int,
        progress: bool,
    ) -> dict[int, StoredClip]:
        """Results of the tasks that are not known, by number, with one bar for all processes."""
        sizes = [self.size(task.item) for task in tasks]
        waiting = [number for number, task in enumerate(tasks) if task.key not in known]
        _log.info("%d of %s to be %s", len(waiting), counted(len(tasks), "clip"), self.done)
        todo = sum(sizes[number] for number in waiting)
        workers = workers_for(processes, large=todo > self.alone)
        bar = ProgressBar(
            sum(sizes),
            self.label,
            unit=self.unit,
            shown=progress,
            done=sum(sizes) - todo,
            form=_BAR,
        )
        made: dict[int, StoredClip] = {}
        with bar:
            for number, outcome in self._worked_off(tasks, waiting, workers):
                made[number] = outcome
                at = len(tasks) - len(waiting) + len(made)
                bar.update(sizes[number], note=f"clip {at}/{len(tasks)}")
        return made

    def _worked_off(
        self, tasks: Sequence[ClipTask[Item]], waiting: Sequence[int], workers: int
    ) -> Iterator[tuple[int, StoredClip]]:
        """Number and result of all that wait, the first of each key before its copies."""
        while waiting:
            firsts = sorted({tasks[number].key: number for number in reversed(waiting)}.values())
            job = Job(
                tasks=[tasks[number] for number in firsts],
                work=self.work,
                name=lambda task: self.name(task.item),
                cost=lambda task: self.cost(task.item),
                gave_up=_gave_up,
            )
            kept: dict[str, StoredClip] = {}
            with contextlib.closing(work_off(job, workers=workers)) as outcomes:
                for index, outcome in outcomes:
                    kept[outcome.key] = outcome
                    yield firsts[index], outcome
            copies = sorted(set(waiting) - set(firsts))
            kept = {key: kept[key] for key in {tasks[n].key for n in copies} if self._keeps(key)}
            yield from ((n, kept[tasks[n].key]) for n in copies if tasks[n].key in kept)
            waiting = [number for number in copies if tasks[number].key not in kept]

    def _keeps(self, key: str) -> bool:
        return self.store.get(key) is not None


def _gave_up(task: ClipTask[Item], reason: str) -> StoredClip:
    return task.refused(f"{reason}; run again when there is more memory")


def _result(clip_id: str, entry: StoredClip, recomputed: bool) -> StageResult:  # noqa: FBT001
    return StageResult(
        clip_id=clip_id,
        key=entry.key,
        cache_path=entry.path,
        measures=entry.measures,
        reason=entry.reason,
        gate=entry.gate,
        frame=entry.frame,
        notes=entry.notes,
        recomputed=recomputed,
    )

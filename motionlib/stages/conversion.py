"""The conversion stage: rows of the clip index to entries of the content cache."""

import contextlib
import functools
import logging
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from motionlib.boundary import reason_of
from motionlib.corpus.row import REJECTED, ClipRow
from motionlib.errors import MotionError, RobotChangedError
from motionlib.files import sha256_of_file
from motionlib.human.conversion import HumanMotion, convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.robot import Robot
from motionlib.stages.keys import clip_key, stage_digest
from motionlib.stages.result import ClipResult, StoredClip
from motionlib.stages.store import ClipStore
from motionlib.worker_pool import Job, work_off, workers_for

CHANGED = "changed since it was indexed; index the folder again"
_ALONE_S = 300.0
"""s of motion that one worker converts in less time than others take to start."""
_log = logging.getLogger(__name__)

Convert = Callable[[Path, ClipRow, Robot, HumanSettings], HumanMotion]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    row: ClipRow
    key: str


def convert_file(path: Path, row: ClipRow, robot: Robot, settings: HumanSettings) -> HumanMotion:
    """The clip that a row means, read from its file and converted.

    Raises:
        MotionError: The file or the part does not hold what it should.
        OSError: It cannot be read.
    """
    end_s = None if math.isinf(row.end_s) else row.end_s
    clip = read_human_clip(path, robot).part(row.start_s, end_s)
    return convert_clip(clip, robot, settings)


def convert_clips(
    rows: Sequence[ClipRow],
    *,
    root: Path,
    robot: Robot,
    settings: HumanSettings,
    store: ClipStore,
    processes: int = 0,
    progress: bool = True,
    convert: Convert = convert_file,
) -> list[ClipResult]:
    """Convert what the store does not hold yet; a call that was interrupted is resumed by the next.

    A clip whose file cannot be read or converted gets a reason; it costs the others nothing. Only
    what follows from the file's content is remembered: clips that were refused because the file
    was away, or changed since it was indexed, are tried again.

    Args:
        rows: Of the clip index; rejected ones are passed over.
        root: Source folder that `ClipRow.path` is relative to.
        robot: Whose clips are made.
        settings: Parameters of the conversion.
        store: The content cache.
        processes: How many work at it; 0 takes a worker for every core, 1 this process alone.
        progress: Whether a bar is shown when stderr is a terminal.
        convert: File to motion; a function at the top of a module.

    Returns:
        One result a row, in the order of the rows, whatever the number of processes.

    Raises:
        WorkError: A bug outside of any clip, or workers that cannot start.
        OSError: The store cannot be written.
    """
    digest = stage_digest(robot, settings)
    tasks = [_Task(row=row, key=clip_key(row, digest)) for row in rows if row.fate != REJECTED]
    found = {task.key: entry for task in tasks if (entry := store.get(task.key)) is not None}
    todo = [task for task in tasks if task.key not in found]
    made: dict[str, StoredClip] = {}
    if todo:
        store.sweep()
        _log.info("%d of %d clips are to be converted", len(todo), len(tasks))
        work = functools.partial(
            _convert_one, root=root, robot=robot, settings=settings, store=store, convert=convert
        )
        job = Job(tasks=todo, work=work, name=_name, cost=_cost, gave_up=_gave_up)
        known_s = sum(task.row.seconds for task in tasks if task.key in found)
        made = _run(job, processes, known_s=known_s, known=len(tasks) - len(todo), show=progress)
    keys = {task.row.clip_id: task.key for task in tasks}
    return [_result_of(row, keys.get(row.clip_id, ""), found, made) for row in rows]


def _run(
    job: Job, processes: int, *, known_s: float, known: int, show: bool
) -> dict[str, StoredClip]:
    """Results by clip id, with one bar for all processes."""
    made: dict[str, StoredClip] = {}
    seconds = sum(task.row.seconds for task in job.tasks)
    workers = workers_for(processes, large=seconds > _ALONE_S)
    bar = tqdm(
        total=known_s + seconds,
        initial=known_s,
        unit="s",
        desc="converting motion",
        bar_format="{desc} {percentage:3.0f}%|{bar}| {n:.0f}/{total:.0f} s{postfix} "
        "[{elapsed}<{remaining}, {rate_noinv_fmt}]",
        file=sys.stderr,
        disable=None if show else True,
    )
    with bar, contextlib.closing(work_off(job, workers=workers)) as outcomes:
        for index, outcome in outcomes:
            row = job.tasks[index].row
            made[row.clip_id] = outcome
            bar.set_postfix_str(f"clip {known + len(made)}/{known + len(job.tasks)}", refresh=False)
            bar.update(row.seconds)
    return made


def _convert_one(
    task: _Task,
    *,
    root: Path,
    robot: Robot,
    settings: HumanSettings,
    store: ClipStore,
    convert: Convert,
) -> StoredClip:
    path = root / task.row.path
    try:
        if _changed(path, task.row):
            return _refused(task, CHANGED)
        motion, reason, gate, frame = convert(path, task.row, robot, settings), "", "", None
    except Exception as error:  # noqa: BLE001 - what one clip brings about is its own fate
        if not isinstance(error, MotionError) or isinstance(error, RobotChangedError):
            return _refused(task, reason_of(error, task.row.clip_id))
        # the row names the file, and the entry may serve a copy of it under another name
        text = str(error).removeprefix(f"{path}: ").replace(str(path), path.name)
        motion, reason, gate, frame = None, text, error.gate, error.frame
    # once more: the key stands for the bytes that were indexed, and no others may lie under it
    try:
        if _changed(path, task.row):
            return _refused(task, CHANGED)
        # a bit that fell over left the times alone: the reason is not that of the indexed bytes
        known = motion is not None or sha256_of_file(path) == task.row.sha256
    except OSError as error:
        return _refused(task, f"cannot be read: {error.strerror or error}")
    if motion is not None:
        return store.put(task.key, motion)
    failure = _refused(task, reason, gate=gate, frame=frame)
    return store.put_failure(task.key, reason, gate=gate, frame=frame) if known else failure


def _changed(path: Path, row: ClipRow) -> bool:
    found = os.stat(path)  # noqa: PTH116 - thousands a second
    return (found.st_size, found.st_mtime_ns) != (row.bytes, row.mtime_ns)


def _refused(task: _Task, reason: str, *, gate: str = "", frame: int | None = None) -> StoredClip:
    """A result that is not remembered."""
    return StoredClip(key=task.key, path="", measures={}, reason=reason, gate=gate, frame=frame)


def _name(task: _Task) -> str:
    return task.row.clip_id


def _cost(task: _Task) -> float:
    return float(task.row.frames)


def _gave_up(task: _Task, reason: str) -> StoredClip:
    return _refused(task, f"{reason}; run again when there is more memory")


def _result_of(
    row: ClipRow, key: str, found: Mapping[str, StoredClip], made: Mapping[str, StoredClip]
) -> ClipResult:
    if row.fate == REJECTED:
        return ClipResult(
            clip_id=row.clip_id, key="", path="", measures={}, reason=row.reason, recomputed=False
        )
    entry = found.get(key) or made[row.clip_id]
    return ClipResult(
        clip_id=row.clip_id,
        key=entry.key,
        path=entry.path,
        measures=entry.measures,
        reason=entry.reason,
        recomputed=key not in found,
        gate=entry.gate,
        frame=entry.frame,
        notes=entry.notes,
    )

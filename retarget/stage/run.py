"""The retargeting stage: human motions to entries of the content cache, over worker processes."""

import contextlib
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from tqdm import tqdm

from motionlib.boundary import reason_of
from motionlib.errors import MotionError, repeated_names
from motionlib.robot import Robot
from motionlib.stages.result import Measure, StoredClip
from motionlib.stages.store import ClipStore
from motionlib.stages.verdicts import (
    FLAGGED,
    REJECTED,
    Fate,
    Verdict,
    fate_of,
    worst_first,
)
from motionlib.worker_pool import Job, work_off, workers_for
from retarget.quality.flags import measure_goal
from retarget.quality.gates import UNSOLVED, RetargetGates, judge_retargeted
from retarget.quality.measures import measure_retargeted
from retarget.quality.robot import measured_robot
from retarget.retargeting import Retargeted, Retargeter
from retarget.settings import RetargetSettings
from retarget.stage.keys import clip_key, stage_digest
from retarget.stage.sources import CHANGED, SourceClip, load_source, motion_sha256

LONGEST_S = 600.0
"""s of motion that are solved as one clip."""
_ALONE_FRAMES = 20_000
"""Frames that one worker solves in less time than others take to start."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetargetResult:
    """What became of one motion."""

    clip_id: str
    key: str
    """Of its entry in the store."""
    path: str
    """For `ClipStore.load_arrays`; empty if it was not retargeted."""
    measures: Mapping[str, Measure]
    fate: Fate
    reason: str
    """Why it was flagged or rejected; empty if it was accepted."""
    notes: tuple[str, ...]
    """What people should know of it."""
    recomputed: bool
    """Whether this call solved it; else the store knew the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    clip: SourceClip
    key: str


def retarget_clips(
    items: Sequence[SourceClip],
    *,
    source: Robot,
    target: Robot,
    settings: RetargetSettings,
    store: ClipStore,
    gates: RetargetGates | None = None,
    processes: int = 0,
    progress: bool = True,
) -> list[RetargetResult]:
    """Retarget what the store does not hold yet; an interrupted call is resumed by the next.

    A motion that cannot be read or solved gets a reason; it costs the others nothing. Gates are
    applied to what the store holds, so that other thresholds recompute nothing.

    Args:
        items: Motions with unique ids.
        source: Their skeleton.
        target: Robot that they go to.
        settings: Of the stage.
        store: The content cache.
        gates: What is flagged and what rejected; the usual ones if None.
        processes: How many work at it; 0 takes a worker for every core, 1 this process alone.
        progress: Whether a bar is shown when stderr is a terminal.

    Returns:
        One result an item, in their order, whatever the number of processes.

    Raises:
        MotionError: Two items of one id.
        RobotError: The pair does not fit source and target, or the method is not installed.
        WorkError: A bug outside of any motion, or workers that cannot start.
        OSError: The store cannot be written.
    """
    if twice := repeated_names(item.clip_id for item in items):
        raise MotionError(f"{len(twice)} ids are used twice, {twice[0]!r} for one; rename them")
    # opened here too, so that a pair that does not fit stops the run before any clip is looked at
    retargeter = Retargeter(source, target, settings)
    digest = stage_digest(source, target, retargeter.pair, settings)
    tasks = [_Task(clip=item, key=clip_key(item.content_sha256, digest)) for item in items]
    known = {task.key: entry for task in tasks if (entry := store.get(task.key)) is not None}
    todo = list({task.key: task for task in tasks if task.key not in known}.values())
    made: dict[str, StoredClip] = {}
    if todo:
        store.sweep()
        _log.info("%d of %d motions are to be retargeted", len(todo), len(tasks))
        work = _Work(source=source, target=target, settings=settings, store=store)
        job = Job(tasks=todo, work=work, name=_name, cost=_cost, gave_up=_gave_up)
        frames = sum(item.frames for item in items)
        made = _run(job, processes, frames=frames, show=progress)
    gates = gates or RetargetGates()
    return [
        _result(task, known.get(task.key) or made[task.key], gates, recomputed=task.key in made)
        for task in tasks
    ]


@dataclass(slots=True, kw_only=True, eq=False)
class _Work:
    """What a worker does with a task; its solver is made once, where it works."""

    source: Robot
    target: Robot
    settings: RetargetSettings
    store: ClipStore
    retargeter: Retargeter | None = field(default=None, init=False)

    def __call__(self, task: _Task) -> StoredClip:
        clip = task.clip
        if clip.seconds > LONGEST_S:
            reason = (
                f"lasts {clip.seconds / 60.0:.1f} min, at most 10 are solved; cut it into parts"
            )
            return self.store.put_failure(task.key, reason)
        # only what follows from the motion's own numbers may lie under its key
        try:
            motion = replace(load_source(clip, self.source), name=clip.clip_id)
            retargeter = self._opened()
        except Exception as error:  # noqa: BLE001 - what one motion brings about is its own fate
            return _refused(task, reason_of(error, clip.clip_id))
        if motion_sha256(motion) != clip.content_sha256:
            return _refused(task, CHANGED)
        try:
            result = retargeter.retarget(motion)
            measures = _measures(result, retargeter)
        except MotionError as error:
            reason = str(error).removeprefix(f"{clip.clip_id}: ")
            return self.store.put_failure(task.key, reason, gate=error.gate, frame=error.frame)
        except Exception as error:  # noqa: BLE001 - what one motion brings about is its own fate
            return _refused(task, reason_of(error, clip.clip_id))
        return self.store.put_arrays(
            task.key,
            _arrays(result),
            fps=result.motion.fps,
            measures=measures,
            notes=result.notes,
        )

    def _opened(self) -> Retargeter:
        """The solver, made by the first task together with all else that is read of the robot."""
        if self.retargeter is None:
            made = Retargeter(self.source, self.target, self.settings)
            measured_robot(self.target, made.pair)
            self.retargeter = made
        return self.retargeter


def _measures(result: Retargeted, retargeter: Retargeter) -> dict[str, Measure]:
    motion = result.motion
    return {
        "frames": motion.num_frames,
        "seconds": motion.seconds,
        "fps": motion.fps,
        "iterations": result.iterations,
        **measure_goal(result.goal),
        **measure_retargeted(result, retargeter.target, retargeter.pair),
    }


def _arrays(result: Retargeted) -> dict[str, np.ndarray]:
    motion = result.motion
    arrays = {
        "root_pos": motion.root_pos,
        "root_quat_wxyz": motion.root_quat_wxyz,
        "dof_pos": motion.dof_pos,
        "foot_contact": motion.foot_contact,
    }
    return {name: array.numpy() for name, array in arrays.items() if array is not None}


def _run(job: Job, processes: int, *, frames: int, show: bool) -> dict[str, StoredClip]:
    """Entries by key, with one bar for all processes."""
    made: dict[str, StoredClip] = {}
    todo = sum(task.clip.frames for task in job.tasks)
    workers = workers_for(processes, large=todo > _ALONE_FRAMES)
    bar = tqdm(
        total=frames,
        initial=frames - todo,
        unit="frames",
        unit_scale=True,
        desc="retargeting",
        file=sys.stderr,
        disable=None if show else True,
    )
    with bar, contextlib.closing(work_off(job, workers=workers)) as outcomes:
        for index, outcome in outcomes:
            task = job.tasks[index]
            made[task.key] = outcome
            bar.set_postfix_str(f"clip {len(made)}/{len(job.tasks)}", refresh=False)
            bar.update(task.clip.frames)
    return made


def _result(
    task: _Task, entry: StoredClip, gates: RetargetGates, *, recomputed: bool
) -> RetargetResult:
    against = [Verdict(gate=entry.gate or UNSOLVED, fate=REJECTED, reason=entry.reason)]
    if not entry.reason:
        doubts = (Verdict(gate="height_shift", fate=FLAGGED, reason=x) for x in task.clip.doubts)
        against = worst_first([*judge_retargeted(entry.measures, gates), *doubts])
    return RetargetResult(
        clip_id=task.clip.clip_id,
        key=entry.key,
        path=entry.path,
        measures=entry.measures,
        fate=fate_of(against),
        reason="; ".join(each.reason for each in against),
        notes=(*task.clip.notes, *entry.notes),
        recomputed=recomputed,
    )


def _refused(task: _Task, reason: str) -> StoredClip:
    """A result that is not remembered."""
    return StoredClip(key=task.key, path="", measures={}, reason=reason)


def _name(task: _Task) -> str:
    return task.clip.clip_id


def _cost(task: _Task) -> float:
    return float(task.clip.frames)


def _gave_up(task: _Task, reason: str) -> StoredClip:
    return _refused(task, f"{reason}; run again when there is more memory")

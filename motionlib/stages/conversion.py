"""The conversion stage: rows of the clip index to entries of the content cache."""

import functools
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from motionlib.boundary import reason_of
from motionlib.corpus.row import REJECTED, ClipRow
from motionlib.errors import MotionError, RobotChangedError
from motionlib.files import sha256_of_file
from motionlib.human.conversion import HumanMotion, convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.robot import Robot
from motionlib.stages.clip_stage import ClipStage, ClipTask
from motionlib.stages.keys import clip_key, stage_digest
from motionlib.stages.result import StageResult, StoredClip
from motionlib.stages.store import ClipStore

CHANGED = "changed since it was indexed; index the folder again"
_ALONE_S = 300.0
"""s of motion that one worker converts in less time than others take to start."""

Convert = Callable[[Path, ClipRow, Robot, HumanSettings], HumanMotion]


def convert_file(
    path: Path,
    row: ClipRow,
    robot: Robot,
    settings: HumanSettings,
    *,
    joint_map: SkeletonMap | None = None,
) -> HumanMotion:
    """The clip that a row means, read from its file and converted.

    Args:
        path: The file.
        row: Says which part of it.
        robot: Whose clip is made.
        settings: Parameters of the conversion.
        joint_map: Of `.bvh` files; found by the joints' names if None.

    Raises:
        MotionError: The file or the part does not hold what it should.
        OSError: It cannot be read.
    """
    end_s = None if math.isinf(row.end_s) else row.end_s
    clip = read_human_clip(path, robot, joint_map=joint_map).part(row.start_s, end_s)
    return convert_clip(clip, robot, settings)


def conversion_stage(
    *,
    root: Path,
    robot: Robot,
    settings: HumanSettings,
    store: ClipStore,
    joint_map: SkeletonMap | None = None,
    convert: Convert = convert_file,
) -> ClipStage[ClipRow]:
    """The stage that makes clips on a robot of rows of the clip index.

    A clip whose file cannot be read or converted gets a reason; it costs the others nothing. Only
    what follows from the file's content is remembered: clips that were refused because the file
    was away, or changed since it was indexed, are tried again.

    Args:
        root: Source folder that `ClipRow.path` is relative to.
        robot: Whose clips are made.
        settings: Parameters of the conversion.
        store: The content cache.
        joint_map: Of `.bvh` files, part of their keys; found by the joints' names if None.
        convert: File to motion; a function at the top of a module.
    """
    if joint_map is not None:
        convert = functools.partial(convert_file, joint_map=joint_map)
    return ClipStage(
        store=store,
        key=functools.partial(clip_key, digest=stage_digest(robot, settings, joint_map)),
        work=functools.partial(
            _convert_one, root=root, robot=robot, settings=settings, store=store, convert=convert
        ),
        name=lambda row: row.clip_id,
        cost=lambda row: float(row.frames),
        size=lambda row: row.seconds,
        unit="s",
        alone=_ALONE_S,
        label="converting motion",
        done="converted",
    )


def convert_clips(
    rows: Sequence[ClipRow],
    *,
    root: Path,
    robot: Robot,
    settings: HumanSettings,
    store: ClipStore,
    processes: int = 0,
    progress: bool = True,
    joint_map: SkeletonMap | None = None,
    convert: Convert = convert_file,
) -> list[StageResult]:
    """Convert rows of the clip index; see `conversion_stage` and `ClipStage.run`.

    Args:
        rows: Of the clip index; rejected ones are passed over.
        root: Source folder.
        robot: Whose clips are made.
        settings: Parameters of the conversion.
        store: The content cache.
        processes: How many work at it.
        progress: Whether a bar is shown.
        joint_map: Of `.bvh` files; found by the joints' names if None.
        convert: File to motion, where no joint map is given.

    Returns:
        One result a row, in the order of the rows.

    Raises:
        WorkError: A bug outside of any clip, or workers that cannot start.
        OSError: The store cannot be written.
    """
    stage = conversion_stage(
        root=root,
        robot=robot,
        settings=settings,
        store=store,
        joint_map=joint_map,
        convert=convert,
    )
    taken = [row for row in rows if row.fate != REJECTED]
    results = iter(stage.run(taken, processes=processes, progress=progress))
    return [_passed_over(row) if row.fate == REJECTED else next(results) for row in rows]


def _convert_one(
    task: ClipTask[ClipRow],
    *,
    root: Path,
    robot: Robot,
    settings: HumanSettings,
    store: ClipStore,
    convert: Convert,
) -> StoredClip:
    row = task.item
    path = root / row.path
    try:
        if _changed(path, row):
            return task.refused(CHANGED)
        motion, failure = convert(path, row, robot, settings), MotionError()
    except Exception as error:  # noqa: BLE001 - what one clip brings about is its own fate
        if not isinstance(error, MotionError) or isinstance(error, RobotChangedError):
            return task.refused(reason_of(error, row.clip_id))
        # the row names the file, and the entry may serve a copy of it under another name
        text = str(error).removeprefix(f"{path}: ").replace(str(path), path.name)
        motion, failure = None, MotionError(text, gate=error.gate, frame=error.frame)
    # once more: the key stands for the bytes that were indexed, and no others may lie under it
    try:
        if _changed(path, row):
            return task.refused(CHANGED)
        # a bit that fell over left the times alone: the reason is not that of the indexed bytes
        known = motion is not None or sha256_of_file(path) == row.sha256
    except OSError as error:
        return task.refused(f"cannot be read: {error.strerror or error}")
    if motion is not None:
        return store.put(task.key, motion)
    keep = functools.partial(store.put_failure, task.key) if known else task.refused
    return keep(str(failure), gate=failure.gate, frame=failure.frame)


def _changed(path: Path, row: ClipRow) -> bool:
    found = os.stat(path)  # noqa: PTH116 - thousands a second
    return (found.st_size, found.st_mtime_ns) != (row.bytes, row.mtime_ns)


def _passed_over(row: ClipRow) -> StageResult:
    return StageResult(
        clip_id=row.clip_id, key="", cache_path="", measures={}, reason=row.reason, recomputed=False
    )

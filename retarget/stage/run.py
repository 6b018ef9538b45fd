"""The retargeting stage: human motions to a robot's, as entries of the content cache."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from motionlib.boundary import reason_of
from motionlib.errors import MotionError, repeated_names
from motionlib.kernels.compiled import is_compiled
from motionlib.robot import Robot
from motionlib.showing import counted
from motionlib.stages.clip_stage import ClipStage, ClipTask
from motionlib.stages.result import Measure, StageResult, StoredClip
from motionlib.stages.store import ClipStore
from retarget.kernels import trajectory
from retarget.quality.flags import measure_goal
from retarget.quality.measures import measure_retargeted
from retarget.quality.robot import measured_robot
from retarget.retargeting import Retargeted, Retargeter
from retarget.settings import RetargetSettings
from retarget.stage.keys import clip_key, stage_digest
from retarget.stage.sources import CHANGED, SourceClip, load_source, motion_sha256

LONGEST_S = 600.0
"""s of motion that are solved as one clip."""
_ALONE_FRAMES = 20_000.0
"""Frames that one worker solves in less time than others take to start."""


def retargeting_stage(
    *, source: Robot, target: Robot, settings: RetargetSettings, store: ClipStore
) -> ClipStage[SourceClip]:
    """The stage that makes a robot's motions of human ones.

    A motion that cannot be read or solved gets a reason; it costs the others nothing.

    Args:
        source: Skeleton of the human motions.
        target: Robot that they go to.
        settings: Of the stage.
        store: The content cache.

    Raises:
        RobotError: The pair does not fit source and target, or the method is not installed.
    """
    # opened here too, so that a pair that does not fit stops the run before any clip is looked at
    pair = Retargeter(source, target, settings).pair
    digest = stage_digest(source, target, pair, settings)
    return ClipStage(
        store=store,
        key=lambda clip: clip_key(clip.content_sha256, digest),
        work=_Work(source=source, target=target, settings=settings, store=store),
        name=lambda clip: clip.clip_id,
        cost=lambda clip: float(clip.frames),
        size=lambda clip: float(clip.frames),
        unit="frames",
        alone=_ALONE_FRAMES,
        label=_label(settings),
        done="retargeted",
    )


def _label(settings: RetargetSettings) -> str:
    """What the bar says; the compiler says nothing while it works."""
    kernels = Path(trajectory.__file__).resolve()
    if settings.method != "native" or is_compiled(kernels):
        return "retargeting"
    return "compiling (once, about half a minute) and retargeting"


def retarget_clips(
    items: Sequence[SourceClip],
    *,
    source: Robot,
    target: Robot,
    settings: RetargetSettings,
    store: ClipStore,
    processes: int = 0,
    progress: bool = True,
) -> list[StageResult]:
    """Retarget human motions; see `retargeting_stage` and `ClipStage.run`.

    Args:
        items: Motions with unique ids.
        source: Their skeleton.
        target: Robot that they go to.
        settings: Of the stage.
        store: The content cache.
        processes: How many work at it.
        progress: Whether a bar is shown.

    Returns:
        One result an item, in their order.

    Raises:
        MotionError: Two items of one id.
        RobotError: The pair does not fit source and target, or the method is not installed.
        WorkError: A bug outside of any motion, or workers that cannot start.
        OSError: The store cannot be written.
    """
    if twice := repeated_names(item.clip_id for item in items):
        raise MotionError(
            f"{counted(len(twice), 'id')} used twice, {twice[0]!r} for one; rename them"
        )
    stage = retargeting_stage(source=source, target=target, settings=settings, store=store)
    return stage.run(items, processes=processes, progress=progress)


@dataclass(slots=True, kw_only=True, eq=False)
class _Work:
    """What a worker does with a task; its solver is made once, where it works."""

    source: Robot
    target: Robot
    settings: RetargetSettings
    store: ClipStore
    retargeter: Retargeter | None = field(default=None, init=False)

    def __call__(self, task: ClipTask[SourceClip]) -> StoredClip:
        clip = task.item
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
            return task.refused(reason_of(error, clip.clip_id))
        if motion_sha256(motion) != clip.content_sha256:
            return task.refused(CHANGED)
        try:
            result = retargeter.retarget(motion)
            measures = _measures(result, retargeter)
        except MotionError as error:
            reason = str(error).removeprefix(f"{clip.clip_id}: ")
            return self.store.put_failure(task.key, reason, gate=error.gate, frame=error.frame)
        except Exception as error:  # noqa: BLE001 - what one motion brings about is its own fate
            return task.refused(reason_of(error, clip.clip_id))
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

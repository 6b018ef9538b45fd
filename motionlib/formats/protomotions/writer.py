"""Packaged MotionLib `.pt` written clip by clip: memory for one clip, whatever the library's size.

Quaternions are xyzw in the file.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from motionlib.containers.tensor_archive import Blank, TensorArchive
from motionlib.errors import RobotError
from motionlib.files import atomic_path
from motionlib.formats.header import SCHEMA_VERSION, json_from_provenance
from motionlib.formats.protomotions.checksums import (
    HEADER_CRC,
    HEADER_KEY,
    MOTION_CRC,
    header_crc32,
    motion_crc32,
)
from motionlib.formats.protomotions.marker_layout import BodyLayout, Layout, body_layout
from motionlib.formats.protomotions.packed_clip import PackedClip, check_clips, check_states
from motionlib.formats.protomotions.shards import deal, shard_paths
from motionlib.formats.protomotions.tensors import clip_tensors, frame_rows, motion_tensors
from motionlib.progress_bar import ProgressBar
from motionlib.robot import Robot
from motionlib.velocities import VelocityRule

__all__ = ["PackedClip", "write_motion_lib"]

_log = logging.getLogger(__name__)


def write_motion_lib(
    path: Path,
    robot: Robot,
    clips: Sequence[PackedClip],
    *,
    velocity_rule: VelocityRule,
    layout: Layout = "native",
    shards: int = 1,
    progress: bool = False,
) -> list[Path]:
    """Write a packaged library that ProtoMotions' own `MotionLib` loads, and that can be mapped.

    Equal clips give equal bytes. The files appear together, when all of them are whole.

    Args:
        path: Output; with several shards its name holds `slurmrank`, which their numbers replace.
        robot: Whose clips they are.
        clips: At least one for each shard, names unique.
        velocity_rule: By which the clips' velocities were made; markers' are made by it.
        layout: `native` for the robot's own bodies, `protomotions` to add its marker bodies.
        shards: Number of files, about equally long in seconds.
        progress: Show a bar on stderr.

    Returns:
        The files written.

    Raises:
        MotionError: No clips, a name twice, a rate or weight that is no number, or a clip whose
            frames are not what it announced, or not finite.
        RobotError: `protomotions` for a robot without marker bodies.
        OSError: The disk is full.
    """
    check_clips(clips, path)
    if layout == "protomotions" and not robot.marker_bodies:
        raise RobotError(
            f"{robot.name} has no marker_bodies in its robot.yaml; use layout native, "
            "or name the extra bodies of the foreign robot there"
        )
    bodies = body_layout(robot, layout)
    paths = shard_paths(path, shards)
    parts = deal([clip.seconds for clip in clips], len(paths))
    with ExitStack() as stack:
        temporaries = [stack.enter_context(atomic_path(each)) for each in paths]
        bar = _Bar(clips, shown=progress)
        stack.callback(bar.close)
        for target, temporary, part in zip(paths, temporaries, parts, strict=True):
            chosen = [clips[index] for index in part]
            if not _write_one(temporary, robot, bar.over(chosen), velocity_rule, bodies):
                _log.warning(
                    "%s: no body is ever in contact; ProtoMotions discards such labels", target
                )
    return paths


class _Bar:
    """Clips as they are written, with a bar over all shards."""

    def __init__(self, clips: Sequence[PackedClip], *, shown: bool) -> None:
        self._bar = ProgressBar(len(clips), "packing", unit="clip", shown=shown)

    def over(self, clips: Sequence[PackedClip]) -> "_Counted":
        return _Counted(clips, self._bar.update)

    def close(self) -> None:
        self._bar.close()


@dataclass(frozen=True, slots=True)
class _Counted:
    clips: Sequence[PackedClip]
    count: Callable[[int], object]

    def __iter__(self) -> Iterator[PackedClip]:
        for clip in self.clips:
            yield clip
            self.count(1)


def _write_one(
    path: Path, robot: Robot, counted: _Counted, rule: VelocityRule, bodies: BodyLayout
) -> bool:
    """Write one file; whether any body is ever in contact."""
    clips = counted.clips
    tables = motion_tensors(
        [clip.num_frames for clip in clips],
        [clip.fps for clip in clips],
        [clip.weight for clip in clips],
    )
    frames = sum(clip.num_frames for clip in clips)
    rows = frame_rows(robot, bodies)
    blanks = {key: Blank((frames, *shape), dtype) for key, (shape, dtype) in rows.items()}
    blanks |= {key: Blank(tuple(each.shape), each.dtype) for key, each in tables.items()}
    plain, crcs, touching = _plain(robot, clips, rule, bodies), [], False
    with TensorArchive(path, blanks, _with_blank_checksums(plain, len(clips))) as archive:
        for key, table in tables.items():
            archive.append(key, table)
        for clip in counted:
            states = clip.load()
            check_states(states, clip, robot)
            tensors = clip_tensors(states, robot, bodies, clip.fps, rule)
            for key, tensor in tensors.items():
                archive.append(key, tensor)
            crcs.append(motion_crc32(tensors))
            touching = touching or bool(states.body_contact.any())
        header = plain[HEADER_KEY] | {MOTION_CRC: torch.tensor(crcs)}
        shapes = {
            key: torch.empty(blanks[key].shape, dtype=blanks[key].dtype, device="meta")
            for key in rows
        }
        whole = header_crc32(shapes | tables | plain | {HEADER_KEY: header})
        archive.append(f"{HEADER_KEY}.{MOTION_CRC}", header[MOTION_CRC])
        archive.append(f"{HEADER_KEY}.{HEADER_CRC}", torch.tensor([whole]))
    return touching


def _with_blank_checksums(plain: dict[str, Any], num_motions: int) -> dict[str, Any]:
    blank = {
        MOTION_CRC: Blank((num_motions,), torch.int64), HEADER_CRC: Blank((1,), torch.int64),
    }  # fmt: skip
    return plain | {HEADER_KEY: plain[HEADER_KEY] | blank}


def _plain(
    robot: Robot, clips: Sequence[PackedClip], rule: VelocityRule, bodies: BodyLayout
) -> dict[str, Any]:
    names = tuple(clip.name for clip in clips)
    header = {
        "schema_version": SCHEMA_VERSION,
        "robot_name": robot.name,
        "robot_semantic_sha256": robot.semantic_sha256,
        "body_names": bodies.body_names,
        "dof_names": robot.dof_names,
        "layout": bodies.name,
        "velocity_rule": rule,
        "motion_names": names,
        "provenance": tuple(json_from_provenance(clip.provenance) for clip in clips),
    }
    return {"motion_files": tuple(f"{name}.motion" for name in names), HEADER_KEY: header}

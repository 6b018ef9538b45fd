"""Human motions that wait to be retargeted: what they are, where they lie, how they are loaded."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from motionlib.containers.array_zip import array_headers
from motionlib.errors import FormatError
from motionlib.files import sha256_of_file
from motionlib.formats.csv import load_csv
from motionlib.formats.header import relative_name
from motionlib.formats.loading import load_motions
from motionlib.formats.npz_kinds import RETARGETED, npz_kind
from motionlib.formats.protomotions.legacy import is_legacy_npy
from motionlib.formats.protomotions.legacy_motion import load_legacy_npy
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.formats.robot_npz import load_robot_npz
from motionlib.formats.robot_pickle import load_robot_pickle
from motionlib.human.measures import content_sha256
from motionlib.library import MotionLib
from motionlib.motion import Motion, Provenance
from motionlib.plausibility import asked, library_findings
from motionlib.plausibility_table import Finding
from motionlib.robot import Robot
from motionlib.stages.provenance import provenance_of, resampled
from motionlib.stages.store import ClipStore
from retarget.protomotions.intermediate import KEYPOINTS_SUFFIX, read_keypoints, read_retargeted
from retarget.protomotions.keypoints import motion_of_keypoints

Rows = Sequence[Mapping[str, Any]]
CHANGED = "changed since it was looked at; start again"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceClip:
    """One motion on the source's skeleton; can be pickled."""

    clip_id: str
    """Its name in every output; unique."""
    content_sha256: str
    """Hex digest of the motion's own numbers, whatever its name and file."""
    frames: int
    fps: float
    path: str = ""
    """Its motion file; empty where it lies in a store."""
    index: int = 0
    """Number of the motion in its file."""
    cache_path: str = ""
    """Its entry in the `ClipStore` in `folder`; empty where it lies in a file."""
    folder: str = ""
    weight: float = 1.0
    provenance: Provenance
    findings: tuple[Finding, ...] = ()
    """What speaks against its being true; its height is for the retargeting to find."""

    @property
    def seconds(self) -> float:
        """What it stands for in the books, frames / fps."""
        return self.frames / self.fps


def load_source(clip: SourceClip, robot: Robot) -> Motion:
    """The motion of a source.

    Args:
        clip: Of this module's makers.
        robot: Its skeleton.

    Raises:
        MotionError: Its file is gone, holds something else, or is no motion of the skeleton.
    """
    if clip.cache_path:
        return _stored_motion(clip, robot)
    path = Path(clip.path)
    if path.suffix == ".pt":
        return _library(path, robot).motion(clip.index)
    motions = _motions(path, robot, clip.fps)
    if clip.index >= len(motions):
        raise FormatError(f"{path}: {CHANGED}")
    return motions[clip.index]


def sources_of_rows(rows: Rows, store: ClipStore, *, fps: float) -> list[SourceClip]:
    """The kept clips of a folder of recordings, whoever asks for them.

    Args:
        rows: Kept rows of the human clip table.
        store: Where their motions lie.
        fps: At which they were converted.
    """
    folder = str(store.folder.resolve())
    return [
        SourceClip(
            clip_id=row["clip_id"],
            content_sha256=row["content_sha256"],
            frames=row["output_frames"],
            fps=fps,
            cache_path=row["cache_path"],
            folder=folder,
            weight=row["weight"],
            provenance=provenance_of(row, steps=(resampled(row, fps),)),
        )
        for row in rows
    ]


def sources_of_file(
    path: Path,
    robot: Robot,
    *,
    csv_fps: float | None = None,
    accept_implausible: bool = False,
) -> list[SourceClip]:
    """The motions of a `.pt`, `.npz`, `.motion`, `.csv`, `.pkl`, or a `.npy` of ProtoMotions.

    Names, weights and provenance are kept; each clip has what speaks against its being true.

    Args:
        path: The file.
        robot: The skeleton that it belongs to.
        csv_fps: Rate of the rows of a `.csv` that states none; 30 if None.
        accept_implausible: Whether a `.csv` that cannot be true is read all the same.

    Raises:
        MotionError: What the reader says.
    """
    path = Path(path)
    if path.suffix == ".pt":
        library = _library(path, robot)
        motions = (library.motion(index) for index in range(library.num_motions))
        against = library_findings(library, ground=False)
    else:
        motions = _motions(path, robot, csv_fps, accept_implausible=accept_implausible)
        against = {motion.name: asked(motion, ground=False) for motion in motions}
    return [
        SourceClip(
            clip_id=motion.name,
            content_sha256=motion_sha256(motion),
            frames=motion.num_frames,
            fps=motion.fps,
            path=str(path.resolve()),
            index=index,
            weight=motion.weight,
            provenance=motion.provenance,
            findings=tuple(against.get(motion.name, ())),
        )
        for index, motion in enumerate(motions)
    ]


def motion_sha256(motion: Motion) -> str:
    """Hex sha256 of a motion's rate, numbers and labels: equal for equal motions of any origin."""
    arrays = (motion.root_pos, motion.root_quat_wxyz, motion.dof_pos)
    content = content_sha256(*(each.numpy() for each in arrays), fps=motion.fps)
    if motion.foot_contact is None:
        return content
    labels = motion.foot_contact.numpy().astype("u1").tobytes()
    return hashlib.sha256(content.encode() + labels).hexdigest()


def _motions(
    path: Path, robot: Robot, csv_fps: float | None, *, accept_implausible: bool = True
) -> list[Motion]:
    if path.suffix == ".csv":
        return [load_csv(path, robot, fps=csv_fps, accept_implausible=accept_implausible)]
    if path.suffix == ".npy":
        return [load_npy(path, robot)]
    if path.suffix == ".pkl":
        # of several clips each is judged by itself: what speaks against one is kept beside it
        return load_robot_pickle(path, robot, accept_implausible=True)
    if path.suffix == ".npz" and path.exists():
        return _npz_motions(path, robot)
    return load_motions(path, robot)


def _npz_motions(path: Path, robot: Robot) -> list[Motion]:
    if npz_kind(set(array_headers(path))).name == RETARGETED:
        return [read_retargeted(path, robot)]
    return load_robot_npz(path, robot, floor="keep", accept_implausible=True)


def load_npy(path: Path, robot: Robot) -> Motion:
    """The clip of ProtoMotions' `*_keypoints.npy`, or of its second version's skeleton motion.

    Raises:
        FormatError: Neither of them, truncated, hostile, shapes, NaN.
        RobotError: Another humanoid's, or a robot that is none.
    """
    if is_legacy_npy(path):
        return load_legacy_npy(path, robot)
    origin = Provenance(source=relative_name(path), source_sha256=sha256_of_file(path))
    name = path.name.removesuffix(KEYPOINTS_SUFFIX).removesuffix(".npy")
    return motion_of_keypoints(read_keypoints(path), robot, name=name, provenance=origin)


def _stored_motion(clip: SourceClip, robot: Robot) -> Motion:
    entry = ClipStore(Path(clip.folder)).load_arrays(clip.cache_path)
    return Motion(
        name=clip.clip_id,
        robot=robot,
        fps=entry.fps,
        root_pos=torch.from_numpy(entry.arrays["root_pos"]),
        root_quat_wxyz=torch.from_numpy(entry.arrays["root_quat_wxyz"]),
        dof_pos=torch.from_numpy(entry.arrays["dof_pos"]),
        provenance=clip.provenance,
        weight=clip.weight,
    )


_libraries: dict[tuple[str, int, int, str], MotionLib] = {}


def _library(path: Path, robot: Robot) -> MotionLib:
    """A mapped library; the last one stays open, as its clips are asked for one after the other."""
    found = os.stat(path)  # noqa: PTH116 - once a clip
    key = (str(path), found.st_size, found.st_mtime_ns, robot.sha256)
    if key not in _libraries:
        _libraries.clear()
        _libraries[key] = load_motion_lib(path, robot)
    return _libraries[key]

"""What `motion retarget` can start from: recordings, packed libraries, clips, keypoints."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlib.boundary import reason_of
from motionlib.errors import FormatError, MotionError, nearest_names
from motionlib.formats.unread import unread_note
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.verdicts import is_kept

if TYPE_CHECKING:
    from motionlib.corpus.row import ClipRow
    from motionlib.robot import Robot
    from retarget.stage.sources import SourceClip

MOTIONS = (".pt", ".npz", ".motion", ".csv", ".npy", ".pkl")
RECORDING_FPS = 30.0
"""Frames a second of recordings, where no rate is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a path stands for."""

    robot: "Robot"
    """The skeleton that the clips are on."""
    human: "list[dict[str, Any]]"
    """A row a clip with its fate, as in the human clip table."""
    clips: "list[SourceClip]"
    """The kept ones."""
    fps: float
    """At which they are to be retargeted; 0 for the rate that they have."""

    @property
    def kept(self) -> "list[dict[str, Any]]":
        """Rows of the clips."""
        return [row for row in self.human if is_kept(row)]


def gather(
    path: Path,
    *,
    source: str,
    fps: float | None,
    csv_fps: float | None,
    processes: int,
    joint_map: Path | None = None,
    accept_implausible: bool = False,
) -> Gathered:
    """The human motions that a file or folder holds; recordings are converted, with a cache.

    Args:
        path: File or folder.
        source: Name or path of the skeleton; what the files say if empty, else `smpl`.
        fps: Of recordings; 30 if None.
        csv_fps: Rate of the rows of `.csv` files that state none; 30 if None.
        processes: That convert recordings; 0 for one a core.
        joint_map: Yaml of the joints of `.bvh` files; found by their names if None.
        accept_implausible: Whether what cannot be true is flagged instead of rejected.

    Raises:
        MotionError: Nothing there that could be retargeted, or a joint map for what has no joints.
    """
    from motionlib.robots.files import load_robot

    if not path.exists():
        near = [each.name for each in path.parent.glob("*")] if path.parent.is_dir() else []
        raise MotionError(f"{path}: no such file or folder; {nearest_names(path.name, near)}")
    if _holds_recordings(path):
        robot = load_robot(source or "smpl")
        return _recordings(
            path,
            robot,
            HumanGates(accept_implausible=accept_implausible),
            fps=fps or RECORDING_FPS,
            processes=processes,
            joint_map=joint_map,
        )
    if joint_map is not None:
        raise MotionError(
            f"{path}: holds no recordings, and --joint-map is for those in .bvh; leave it out"
        )
    files = _motion_files(path)
    robot = load_robot(source or _named_in(files[0]) or _usual_source(files[0]))
    return _motions(
        files, robot, fps=fps or 0.0, csv_fps=csv_fps, accept_implausible=accept_implausible
    )


def _holds_recordings(path: Path) -> bool:
    """Whether there is a `.bvh` or an AMASS `.npz`; of a folder's `.npz` the first one tells."""
    if not path.is_dir():
        return _is_recording(path)
    told: dict[str, bool] = {}
    for file in path.rglob("*"):
        suffix = file.suffix.lower()
        if suffix in (".bvh", ".npz") and suffix not in told:
            told[suffix] = _is_recording(file)
            if told[suffix]:
                return True
    return False


def _is_recording(file: Path) -> bool:
    if file.suffix.lower() != ".npz":
        return file.suffix.lower() == ".bvh"
    from motionlib.containers.array_zip import open_array_zip
    from motionlib.formats.npz_kinds import npz_kind

    try:
        with open_array_zip(file) as archive:
            return not npz_kind(set(archive.members)).is_robot
    except MotionError:
        return True  # the reader of recordings says what is wrong with it


def _recordings(
    path: Path,
    robot: "Robot",
    gates: HumanGates,
    *,
    fps: float,
    processes: int,
    joint_map: Path | None,
) -> Gathered:
    """Converted and judged as a recipe does that says nothing of its own."""
    from motionlib.files import motion_home
    from motionlib.human.settings import HumanSettings
    from motionlib.human.skeleton.joint_map import load_skeleton_map
    from motionlib.stages.conversion import convert_clips
    from motionlib.stages.store import ClipStore
    from retarget.stage.sources import sources_of_rows

    root = path if path.is_dir() else path.parent
    rows = _index(path, processes)
    store = ClipStore(motion_home() / "cache" / "clips")
    results = convert_clips(
        rows,
        root=root,
        robot=robot,
        settings=HumanSettings(fps=fps),
        store=store,
        processes=processes,
        joint_map=None if joint_map is None else load_skeleton_map(joint_map),
    )
    human = judge(rows, results, gates)
    kept = [row for row in human if is_kept(row)]
    # they are at their rate already: another one asked of the retargeting is another cache key
    return Gathered(robot=robot, human=human, clips=sources_of_rows(kept, store, fps=fps), fps=0.0)


def _index(path: Path, processes: int) -> "list[ClipRow]":
    from motionlib.corpus.index import IndexSettings, build_index
    from motionlib.files import motion_home, sha256_of_bytes

    if not path.is_dir():
        return [_row_of(path)]
    name = sha256_of_bytes(str(path.resolve()).encode())[:16]
    memory = motion_home() / "cache" / "scans" / f"{name}.json"
    rows = build_index(path, IndexSettings(), memory=memory, processes=processes)
    if not rows:
        raise MotionError(f"{path}: no recordings (.bvh, AMASS .npz) in this folder")
    return rows


def _row_of(path: Path) -> "ClipRow":
    """The index of one file, without a look at its neighbours."""
    from motionlib.corpus.row import INDEXED, ClipRow
    from motionlib.files import sha256_of_file
    from motionlib.human.readers.by_suffix import probe_human_clip

    facts, found = probe_human_clip(path), path.stat()
    return ClipRow(
        clip_id=path.stem,
        dataset="",
        subset="",
        path=path.name,
        sha256=sha256_of_file(path),
        bytes=found.st_size,
        mtime_ns=found.st_mtime_ns,
        frames=facts.frames,
        source_fps=facts.fps,
        seconds=facts.seconds,
        gender=facts.gender,
        format=facts.format,
        start_s=0.0,
        end_s=math.inf,
        split="train",
        weight=1.0,
        fate=INDEXED,
        reason="",
    )


def _motion_files(path: Path) -> list[Path]:
    files = [path] if path.is_file() else sorted(path.iterdir())
    files = [file for file in files if file.suffix.lower() in MOTIONS]
    if not files:
        what = unread_note(path) if path.is_file() else "nothing to retarget"
        raise MotionError(
            f"{path}: {what}; expected recordings (.bvh, AMASS .npz) or motions "
            f"({', '.join(MOTIONS)})"
        )
    return files


def _named_in(file: Path) -> str:
    """The robot that a file says it belongs to; empty if it does not say."""
    from motionlib.formats.npz_file import read_npz
    from motionlib.robots.files import robot_names
    from pipelines.cli.clips import pt_header

    name = ""
    if file.suffix == ".pt":
        name = str(pt_header(file).get("robot_name", ""))
    elif file.suffix == ".npz":
        with suppress(FormatError):  # another layout than ours names no robot
            name = read_npz(file).robot_name
    return name if name in robot_names() else ""


def _usual_source(file: Path) -> str:
    if file.suffix in (".csv", ".motion", ".npz", ".pkl"):
        raise MotionError(
            f"{file}: does not say whose motion it is; add --source NAME, for example --source g1 "
            "(see `motion robot list`)"
        )
    return "smpl"


def _motions(
    files: Sequence[Path],
    robot: "Robot",
    *,
    fps: float,
    csv_fps: float | None,
    accept_implausible: bool,
) -> Gathered:
    from retarget.stage.sources import sources_of_file
    from retarget.stage.table import row_of_refused, row_of_source

    clips: list[SourceClip] = []
    rows: list[dict[str, Any]] = []
    origin: dict[str, Path] = {}
    for file in files:
        try:
            found = sources_of_file(
                file, robot, csv_fps=csv_fps, accept_implausible=accept_implausible
            )
        except Exception as error:  # noqa: BLE001 - what one file brings about is its own fate
            reason = reason_of(error, file.name, where=str(file))
            rows.append(row_of_refused(file.stem, file.name, reason))
            continue
        for clip in found:
            if clip.clip_id in origin:
                first = origin[clip.clip_id]
                reason = f"{first} has a clip of this name already; rename one of them"
                rows.append(row_of_refused(f"{file.name}: {clip.clip_id}", file.name, reason))
                continue
            origin[clip.clip_id] = file
            rows.append(row_of_source(clip, accept_implausible=accept_implausible))
            if is_kept(rows[-1]):
                clips.append(clip)
    return Gathered(robot=robot, human=rows, clips=clips, fps=fps)

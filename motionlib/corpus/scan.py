"""Scan of a source folder: hash and header facts of every recording, read again only if changed."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from motionlib.boundary import reason_of
from motionlib.containers.bounds import checked_size
from motionlib.corpus.folder import FoundFile, walk_recordings
from motionlib.corpus.scan_memory import ScannedFile, load_memory, save_memory
from motionlib.errors import MotionError
from motionlib.files import sha256_of_file, sweep_leftovers
from motionlib.human.readers.by_suffix import probe_human_clip
from motionlib.progress_bar import ProgressBar
from motionlib.worker_pool import Job, available_cores, work_off

# starting processes takes longer than reading less than this
_FEW_FILES = 500
_FEW_BYTES = 128 << 20
_BYTES_AN_OPENING_COSTS = 200_000.0
_SAVE_EVERY_S = 10.0


def scan_folder(
    root: Path,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    memory: Path | None = None,
    processes: int = 0,
    progress: bool = True,
) -> list[ScannedFile]:
    """Every recording under a folder, sorted by path; one that cannot be read says why.

    A file whose size and time of change are those of an earlier scan is not opened. What was
    found is kept when the scan is interrupted.

    Args:
        root: Folder to walk.
        include: Shell patterns of relative paths; empty admits all.
        exclude: Shell patterns of relative paths that are no part of the source.
        memory: File that remembers earlier scans; `None` reads everything.
        processes: That hash and probe; 0 for one a core.
        progress: Show a bar over the files to be read.

    Raises:
        FormatError: `root` is no folder.
    """
    root = Path(root)
    found = walk_recordings(root, include=include, exclude=exclude)
    if memory is not None:
        sweep_leftovers(memory.parent)
    known = load_memory(memory, root)
    scanned = {file.path: known[file.path] for file in found if _unchanged(file, known)}
    changed = [file for file in found if file.path not in scanned]
    forgotten = not (include or exclude) and len(known) != len(scanned)
    saved = time.monotonic()
    try:
        with ProgressBar(
            len(changed), "hash", unit="file", shown=bool(progress and changed)
        ) as bar:
            for file in _examined(changed, root, processes):
                scanned[file.path] = file
                bar.update()
                if time.monotonic() - saved > _SAVE_EVERY_S:
                    save_memory(memory, root, {**known, **scanned})
                    saved = time.monotonic()
    except BaseException:
        save_memory(memory, root, {**known, **scanned})
        raise
    if changed or forgotten:
        # what the patterns hide is there all the same, for a scan with other ones
        save_memory(memory, root, {**known, **scanned} if include or exclude else scanned)
    return [scanned[file.path] for file in found]


def _unchanged(file: FoundFile, known: dict[str, ScannedFile]) -> bool:
    before = known.get(file.path)
    return (
        before is not None
        and not file.problem
        and (before.bytes, before.mtime_ns) == (file.bytes, file.mtime_ns)
    )


def _examined(files: Sequence[FoundFile], root: Path, processes: int) -> Iterator[ScannedFile]:
    few = len(files) < _FEW_FILES and sum(file.bytes for file in files) < _FEW_BYTES
    job = Job(
        tasks=files,
        work=partial(_examine, root),
        name=_path_of,
        cost=_cost_of,
        gave_up=_given_up,
    )
    for _, file in work_off(job, workers=0 if few else processes or available_cores()):
        yield file


def _path_of(file: FoundFile) -> str:
    return file.path


def _cost_of(file: FoundFile) -> float:
    return file.bytes + _BYTES_AN_OPENING_COSTS


def _given_up(file: FoundFile, reason: str) -> ScannedFile:
    return _examine(Path(), replace(file, problem=reason))


def _examine(root: Path, file: FoundFile) -> ScannedFile:
    path = root / file.path
    sha256, facts, error = "", None, file.problem
    if not error:
        try:
            checked_size(path)
            sha256 = sha256_of_file(path)
            facts = probe_human_clip(path)
        except MotionError as problem:
            error = str(problem)
        except OSError as problem:
            error = f"{file.path}: cannot be read ({problem.strerror or problem})"
        except Exception as problem:  # noqa: BLE001 - what one file brings about is its own fate
            # without a hash it is not remembered: another time there may be more memory
            sha256, error = "", f"{file.path}: {reason_of(problem, file.path)}"
    return ScannedFile(
        path=file.path,
        bytes=file.bytes,
        mtime_ns=file.mtime_ns,
        sha256=sha256,
        facts=facts,
        # rows are compared across machines: the folder's place says nothing about the clip
        error=error.replace(f"{root}{os.sep}", ""),
    )

"""Checks of a whole home: registry, cache, results, reports; and the sweep of what was left."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from assets.heads.recordings import MEMORY
from assets.layers import NEWEST, RECORD, LayerError, newest_layer, problem_of
from motionlib.home import MARK
from motionlib.sealed import DamagedError, read_sealed
from pipelines.claiming import sweep_home
from pipelines.findings import Check, Finding
from pipelines.registry_checks import registry_checks

_LAYER = re.compile(r"[0-9a-f]{16}")
_CLIP = ".safetensors"
_ITSELF = "none: it is made again when a run wants it"
_READ_AGAIN = "none: the next scan reads all files again"


def home_checks(home: Path) -> Iterator[Check]:
    """All checks of a home, one for each thing that is looked at; nothing is written."""
    if (home / MARK).exists():
        yield partial(_sealed, "home", home / MARK, _ITSELF)
    for root in (home / "artifacts", home / "artifacts" / "wandb"):
        yield from registry_checks(root)
    yield from _cache_checks(home / "cache")
    for folder in sorted((home / "results").glob("*")):
        yield from _result_checks(folder)
    for path in sorted((home / "reports").glob("*/*")):
        if path.is_file() and not path.name.startswith("."):
            yield partial(_report, home, path)


def tidy(home: Path) -> list[Finding]:
    """Remove what killed processes left anywhere in a home, and bytes that no version refers to.

    Raises:
        OSError: Something cannot be removed.
    """
    return [
        Finding(
            area="leftovers", path=path, found="left by a killed process", remedy="none: removed",
            heals=True,
        )
        for path in sweep_home(home, collect=True)
    ]  # fmt: skip


def _cache_checks(cache: Path) -> Iterator[Check]:
    for name, folders, files in os.walk(cache):
        folder = Path(name)
        folders.sort()
        if RECORD in files or (_LAYER.fullmatch(folder.name) and folder.parent != cache):
            folders.clear()
            yield partial(_layer, folder)
            continue
        if NEWEST in files:
            yield partial(_pointer, cache.parent, folder)
        memories = [each for each in sorted(files) if _is_memory(each)]
        yield from (partial(_sealed, "cache", folder / each, _READ_AGAIN) for each in memories)
        for each in sorted(files):
            if each.endswith(_CLIP) and not each.startswith("."):
                yield partial(_clip, folder / each)


def _is_memory(name: str) -> bool:
    """Whether a file of the cache remembers a scan of a folder."""
    return name.startswith(MEMORY) or (name.endswith(".json") and name != NEWEST)


def _layer(folder: Path) -> Iterable[Finding]:
    problem = problem_of(folder)
    return [_healing("cache", folder, problem)] if problem else []


def _pointer(home: Path, folder: Path) -> Iterable[Finding]:
    """The pointer to a stage's newest layer; a file of results is looked at there."""
    try:
        newest_layer(folder, "/".join(folder.relative_to(home / "cache").parts))
    except LayerError as error:
        try:
            led = Path(str(read_sealed(folder / NEWEST)["path"]))
        except (DamagedError, OSError, KeyError, TypeError):
            led = folder
        if led.is_relative_to(home / "results"):
            return []
        found = str(error).partition(": ")[2].partition("; ")[0]
        return [_healing("cache", folder / NEWEST, found)]
    return []


def _sealed(area: str, path: Path, remedy: str) -> Iterable[Finding]:
    try:
        read_sealed(path)
    except DamagedError as error:
        return [_healing(area, path, error, remedy)]
    return []


def _clip(path: Path) -> Iterable[Finding]:
    from motionlib.stages.store import ClipStore

    if ClipStore(path.parent.parent).get(path.stem) is not None:
        return []
    found = "its bytes changed since it was written, or it is of an older version"
    return [_healing("cache", path, found)]


def _result_checks(folder: Path) -> Iterator[Check]:
    for path in sorted(folder.glob("*.ckpt")):
        yield partial(_checkpoint, path)
    progress = folder / "logs" / "progress.jsonl"
    if progress.is_file():
        yield partial(_progress, progress)


def _checkpoint(path: Path) -> Iterable[Finding]:
    from motionlib.errors import MotionError
    from training.checkpoint import load_checkpoint

    try:
        load_checkpoint(path)
    except MotionError as error:
        text, _, remedy = str(error).partition("; ")
        remedy = remedy or "delete it; training goes on from another checkpoint, or anew"
        return [_damaged(path, text, remedy)]
    return []


def _progress(path: Path) -> Iterable[Finding]:
    from training.learning_curve import line_of, read_progress

    content = path.read_bytes()
    sound = "".join(map(line_of, read_progress(path))).encode()
    # a last line cut short is what a killed training leaves, and lines without checksums are old
    if b"crc32" not in content or (
        content.startswith(sound) and b"\n" not in content[len(sound) :]
    ):
        return []
    remedy = "none: training goes on without the damaged points of the curve"
    return [_healing("results", path, "some of its records are damaged", remedy)]


def _report(home: Path, path: Path) -> Iterable[Finding]:
    """A report against the layer that it is a copy of; of others only whether they can be read."""
    recipe, content = path.parent.name, path.read_bytes()
    made = list((home / "cache" / recipe).glob(f"*/*/{path.name}"))
    if made and not any(file.read_bytes() == content for file in made):
        return [_healing("reports", path, "differs from the table that it is a copy of")]
    return [_healing("reports", path, problem)] if (problem := _unreadable(path)) else []


def _unreadable(path: Path) -> str:
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            pq.read_table(path)
        elif path.suffix == ".json":
            json.loads(path.read_bytes())
    except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
        return f"cannot be read: {error!s:.200}"
    return ""


def _healing(area: str, path: Path, found: object, remedy: str = _ITSELF) -> Finding:
    text = str(found).removeprefix(f"{path}").lstrip(": ")
    return Finding(area=area, path=path, found=text, remedy=remedy, heals=True)


def _damaged(path: Path, found: str, remedy: str) -> Finding:
    text = found.removeprefix(f"{path}: ")
    return Finding(area="results", path=path, found=text, remedy=remedy, heals=False)

"""Keys of the content cache: a digest of everything that a clip's result depends on."""

import ast
import dataclasses
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import motionlib
from motionlib.corpus.row import ClipRow
from motionlib.files import data_folder
from motionlib.human.settings import HumanSettings
from motionlib.robot import Robot

STAGE_MODULES = ("motionlib.human.readers.by_suffix", "motionlib.human.conversion")
"""Whatever these import, directly or not, makes the result."""
_DATA = "yaml_files/bvh/*.yaml"
"""Joint maps that a reader takes from the data folder."""


def stage_digest(robot: Robot, settings: HumanSettings) -> str:
    """Hex sha256 of what all clips of one stage share: code, joint maps, robot and settings."""
    # neither sorted: of `contacts_of` the first match counts
    parameters = json.dumps(dataclasses.asdict(settings))
    return digest_of(code_sha256(STAGE_MODULES, data=_DATA), robot.sha256, parameters)


def clip_key(row: ClipRow, digest: str) -> str:
    """Hex sha256 that names the result of one clip.

    The name of the file is no part of it, its suffix is: it chooses the reader.

    Args:
        row: Of the clip index.
        digest: Of `stage_digest`.
    """
    suffix = row.path.rpartition(".")[2].lower()
    return digest_of(digest, row.sha256, suffix, repr(row.start_s), repr(row.end_s))


def digest_of(*parts: str) -> str:
    """Hex sha256 of all that a key depends on; no part may hold a zero character."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@functools.cache
def code_sha256(
    modules: tuple[str, ...], *, rooms: tuple[str, ...] = (motionlib.__name__,), data: str = ""
) -> str:
    """Hex sha256 of the sources that determine a stage's results.

    Other rooms and documents are no part of it: a change there recomputes nothing.

    Args:
        modules: Whatever these import from the rooms, directly or not, makes the results.
        rooms: Names of packages.
        data: Pattern of files in the data folder that the code reads.
    """
    digest = hashlib.sha256()
    read = sorted(data_folder().glob(data)) if data else []
    for file in [*source_files(modules, rooms=rooms), *read]:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def source_files(
    modules: Iterable[str], *, rooms: Collection[str] = (motionlib.__name__,)
) -> list[Path]:
    """Files of these modules and of all that they import from these rooms, sorted."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        file = _file_of(name)
        if file is None or name in found:
            continue
        found[name] = file
        waiting += _imports(file, rooms)
    return sorted(found.values())


def _file_of(name: str) -> Path | None:
    root = Path(motionlib.__path__[0]).parent
    stem = root.joinpath(*name.split("."))
    choices = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((file for file in choices if file.is_file()), None)


def _imports(file: Path, rooms: Collection[str]) -> Iterator[str]:
    """Modules of the rooms that a file names; an imported name that is none does no harm."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in rooms)

"""Keys of the content cache: a digest of everything that a clip's result depends on."""

import dataclasses
import functools
import hashlib
import json
from pathlib import Path

import motionlib
from motionlib.corpus.row import ClipRow
from motionlib.files import data_folder
from motionlib.human.settings import HumanSettings
from motionlib.human.skeleton.joint_map import SkeletonMap
from motionlib.imports import source_files
from motionlib.meaning import meaning_of_files
from motionlib.robot import Robot

STAGE_MODULES = ("motionlib.human.readers.by_suffix", "motionlib.human.conversion")
"""Whatever these import, directly or not, makes the result."""
_DATA = "yaml_files/bvh/*.yaml"
"""Joint maps that a reader takes from the data folder."""


def stage_digest(
    robot: Robot, settings: HumanSettings, joint_map: SkeletonMap | None = None
) -> str:
    """Hex sha256 of what all clips of one stage share: code, joint maps, robot and settings.

    Args:
        robot: Whose clips are made.
        settings: Parameters of the conversion.
        joint_map: The one that was asked for; None if each file finds its own.
    """
    # neither sorted: of `contacts_of` the first match counts
    parameters = json.dumps(dataclasses.asdict(settings))
    asked = [] if joint_map is None else [json.dumps(dataclasses.asdict(joint_map))]
    return digest_of(code_sha256(STAGE_MODULES, data=_DATA), robot.sha256, parameters, *asked)


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
    modules: tuple[str, ...], *, rooms: tuple[str, ...] = ("motionlib",), data: str = ""
) -> str:
    """Hex sha256 of what the sources that determine a stage's results mean.

    Other rooms, documents, comments and layout are no part of it: a change there recomputes
    nothing.

    Args:
        modules: Whatever these import from the rooms, directly or not, makes the results.
        rooms: Names of packages.
        data: Pattern of files in the data folder that the code reads.
    """
    root = Path(motionlib.__path__[0]).parent
    digest = hashlib.sha256(meaning_of_files(source_files(modules, rooms=rooms), root).encode())
    for file in sorted(data_folder().glob(data)) if data else []:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()

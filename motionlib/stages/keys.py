"""Keys of the content cache: a digest of everything that a clip's result depends on."""

import dataclasses
import functools
import hashlib
import json

from motionlib.corpus.row import ClipRow
from motionlib.files import data_folder
from motionlib.human.settings import HumanSettings
from motionlib.imports import source_files
from motionlib.robot import Robot

STAGE_MODULES = ("motionlib.human.readers.by_suffix", "motionlib.human.conversion")
"""Whatever these import, directly or not, makes the result."""
_DATA = "yaml_files/bvh/*.yaml"
"""Joint maps that a reader takes from the data folder."""


def stage_digest(robot: Robot, settings: HumanSettings) -> str:
    """Hex sha256 of what all clips of one stage share: code, joint maps, robot and settings."""
    # neither sorted: of `contacts_of` the first match counts
    parameters = json.dumps(dataclasses.asdict(settings))
    parts = (code_sha256(), robot.sha256, parameters)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def clip_key(row: ClipRow, digest: str) -> str:
    """Hex sha256 that names the result of one clip.

    The name of the file is no part of it, its suffix is: it chooses the reader.

    Args:
        row: Of the clip index.
        digest: Of `stage_digest`.
    """
    suffix = row.path.rpartition(".")[2].lower()
    text = f"{digest}\0{row.sha256}\0{suffix}\0{row.start_s!r}\0{row.end_s!r}"
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def code_sha256() -> str:
    """Hex sha256 of the sources and joint maps that determine a clip's result.

    Other rooms, documents and the upper rooms are no part of it: a change there recomputes
    nothing.
    """
    digest = hashlib.sha256()
    for file in [*source_files(STAGE_MODULES), *sorted(data_folder().glob(_DATA))]:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()

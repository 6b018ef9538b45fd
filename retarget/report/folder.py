"""What `motion retarget` left in a folder, read back for the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.errors import FormatError
from motionlib.formats.protomotions.motion_lib import load_motion_lib
from motionlib.library import MotionLib
from motionlib.motion import Motion
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from retarget.report.page import ClipPictures, Loader

TABLE = "retargeted.parquet"
_ROBOT_FILES = ("motions.pt", "rejected.pt")
_SOURCE_FILES = ("source.pt", "rejected_source.pt")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetargetedFolder:
    """One run: its table, and where its motions lie."""

    path: Path
    """Path of the folder."""
    rows: list[dict[str, Any]]
    """One a clip, with `clip_id` and `seconds`."""

    @property
    def label(self) -> str:
        """Method if all clips have one, else the folder's name."""
        methods = {row.get("method") for row in self.rows}
        return str(methods.pop() or self.path.name) if len(methods) == 1 else self.path.name


def read_folder(path: Path) -> RetargetedFolder:
    """The table of a run.

    Args:
        path: Its folder, or the table.

    Raises:
        FormatError: No table there, or no table of retargeted clips.
    """
    table = path / TABLE if path.is_dir() else path
    if not table.is_file():
        raise FormatError(
            f"{table}: no such table; `motion retarget SRC --robot R --output DIR` writes one"
        )
    try:
        rows = pq.read_table(table).to_pylist()
    except pa.ArrowInvalid as error:
        raise FormatError(f"{table}: no Parquet table: {error}") from error
    if rows and not {"clip_id", "name"} & set(rows[0]):
        raise FormatError(f"{table}: has no column clip_id or name; expected retargeted clips")
    named = [
        {
            "clip_id": row.get("clip_id") or row.get("name"),
            **row,
            "seconds": row.get("seconds") or 0.0,
        }
        for row in rows
    ]
    return RetargetedFolder(path=table.parent, rows=named)


def pictures_of(
    folder: RetargetedFolder, other: RetargetedFolder | None = None, *, robot: str = ""
) -> Loader:
    """A loader of human and robot motions from the libraries of one run, or of two.

    Args:
        folder: The run; clips without a motion in it get no pictures.
        other: Another run of the same clips.
        robot: Name or path; what each row says if empty.
    """
    files: dict[Path, _Library] = {}

    def find(where: RetargetedFolder, names: tuple[str, ...], on: str, clip: str) -> Motion | None:
        for name in names:
            path = where.path / name
            if path not in files and path.is_file():
                files[path] = _Library(path, load_robot(on))
            if path in files and (motion := files[path].get(clip)) is not None:
                return motion
        return None

    def load(clip: str) -> ClipPictures | None:
        row = _row_of(folder, clip)
        target = robot or str(row.get("robot") or "")
        source = str(row.get("source") or "smpl")
        if not target:
            return None
        human = find(folder, _SOURCE_FILES, source, clip)
        own = find(folder, _ROBOT_FILES, target, clip)
        if human is None or own is None:
            return None
        also = find(other, _ROBOT_FILES, target, clip) if other is not None else None
        return ClipPictures(human=human, robot=own, other=also)

    return load


class _Library:
    """Motions of a file by name."""

    def __init__(self, path: Path, robot: Robot) -> None:
        self._lib: MotionLib = load_motion_lib(path, robot)
        self._index = {name: index for index, name in enumerate(self._lib.names)}

    def get(self, name: str) -> Motion | None:
        index = self._index.get(name)
        return None if index is None else self._lib.motion(index)


def _row_of(folder: RetargetedFolder, clip: str) -> Mapping[str, Any]:
    return next((row for row in folder.rows if row["clip_id"] == clip), {})

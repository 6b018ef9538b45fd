"""The content cache of converted clips: one safetensors file a clip, named by its key."""

import json
import os
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from motionlib.clips.result import Measure, StoredClip
from motionlib.errors import FormatError
from motionlib.files import process_runs
from motionlib.human.conversion import HumanMotion

SCHEMA_VERSION = 1
_SUFFIX = ".safetensors"
_RECORD = "record"
"""The only key of a file's metadata: several would stand in an order of their own each time."""
_ARRAYS = ("dof_pos", "root_pos", "root_quat_wxyz")
_HEAD_BYTES = 16384
"""Read at once; a header with all measures is a few kB."""
_TEMPORARY = "unfinished"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredArrays:
    """The content of an entry."""

    fps: float
    arrays: Mapping[str, np.ndarray]
    measures: Mapping[str, Measure]
    notes: tuple[str, ...]


class ClipStore:
    """Results of clips by key, in 256 folders.

    A file appears by one rename, so it is whole or absent while the machine runs. It is not
    flushed to the disk: ten thousand flushes would take longer than the conversion, and all that
    a power cut can cost is work. A file that it left empty or cut short does not fit the sizes in
    its own header and counts as absent; one with the right size and other bytes is refused by
    `load`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def get(self, key: str) -> StoredClip | None:
        """The entry of a key from its header alone; None if absent, cut short or of old schema."""
        path = self._relative(key)
        try:
            with open(os.path.join(self.folder, path), "rb", buffering=0) as file:  # noqa: PTH118, PTH123 - thousands a second
                head = file.read(_HEAD_BYTES)
                size = os.fstat(file.fileno()).st_size
                if len(head) < size and len(head) < 8 + int.from_bytes(head[:8], "little"):
                    head += file.read(int.from_bytes(head[:8], "little") + 8 - len(head))
        except FileNotFoundError:
            return None
        record = _record(head, size)
        if record is None or record["key"] != key:
            return None
        reason = record["reason"]
        return StoredClip(
            key=key,
            path="" if reason else path,
            measures=record["measures"],
            reason=reason,
            notes=tuple(record.get("notes", ())),
        )

    def put(self, key: str, motion: HumanMotion) -> StoredClip:
        """Keep a converted clip.

        Raises:
            OSError: The disk is full or the folder cannot be written; names the file.
        """
        arrays = {name: getattr(motion, name) for name in _ARRAYS}
        return self.put_arrays(
            key, arrays, fps=motion.fps, measures=motion.measures, notes=motion.notes
        )

    def put_arrays(
        self,
        key: str,
        arrays: Mapping[str, np.ndarray],
        *,
        fps: float,
        measures: Mapping[str, Measure],
        notes: tuple[str, ...] = (),
    ) -> StoredClip:
        """Keep a clip of any robot, with what was measured and noted.

        Raises:
            OSError: The disk is full or the folder cannot be written; names the file.
        """
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        measures = {name: _plain(value) for name, value in sorted(measures.items())}
        record = {"fps": float(fps), "measures": measures, "reason": "", "crc32": _crc32(arrays)}
        self._write(key, arrays, {**record, "notes": notes} if notes else record)
        return StoredClip(key=key, path=self._relative(key), measures=measures, notes=notes)

    def put_failure(self, key: str, reason: str) -> StoredClip:
        """Keep why a clip cannot be converted, so that nobody tries again.

        Raises:
            OSError: The disk is full or the folder cannot be written; names the file.
        """
        self._write(key, {}, {"measures": {}, "reason": reason})
        return StoredClip(key=key, path="", measures={}, reason=reason)

    def load(self, path: str | Path) -> HumanMotion:
        """The motion of an entry that `put` made.

        Args:
            path: As in `StoredClip.path`.

        Raises:
            FormatError: See `load_arrays`.
        """
        entry = self.load_arrays(path)
        return HumanMotion(
            fps=entry.fps, measures=dict(entry.measures), notes=entry.notes, **entry.arrays
        )

    def load_arrays(self, path: str | Path) -> StoredArrays:
        """Everything that an entry holds.

        Args:
            path: As in `StoredClip.path`.

        Raises:
            FormatError: It is gone, cut short, or its bytes changed since they were written.
        """
        file = self.folder / path
        remedy = "delete it and convert again"
        try:
            content = file.read_bytes()
        except FileNotFoundError as error:
            raise FormatError(f"{file}: this converted clip is gone; convert again") from error
        record = _record(content, len(content))
        if record is None or "crc32" not in record:
            raise FormatError(f"{file}: is no whole converted clip; {remedy}")
        arrays = safetensors.numpy.load(content)
        if _crc32(arrays) != record["crc32"]:
            raise FormatError(f"{file}: its bytes changed since they were written; {remedy}")
        return StoredArrays(
            fps=record["fps"],
            arrays=arrays,
            measures=record["measures"],
            notes=tuple(record.get("notes", ())),
        )

    def prune(self, keep: Collection[str]) -> int:
        """Remove all entries but these, and what killed processes left; the number removed."""
        kept = set(keep)
        gone = [file for file in self.folder.glob(f"??/*{_SUFFIX}") if file.stem not in kept]
        for file in gone:
            file.unlink(missing_ok=True)
        self.sweep()
        return len(gone)

    def sweep(self) -> None:
        """Remove unfinished files of processes that no longer run."""
        for left in (self.folder / _TEMPORARY).glob(f"*{_SUFFIX}"):
            if not process_runs(int(left.name.split(".")[0])):
                left.unlink(missing_ok=True)

    def _write(
        self, key: str, arrays: Mapping[str, np.ndarray], record: Mapping[str, object]
    ) -> None:
        text = json.dumps({**record, "key": key, "schema": SCHEMA_VERSION}, sort_keys=True)
        content = safetensors.numpy.save(dict(arrays), {_RECORD: text})
        target = self.folder / self._relative(key)
        # one folder for all of them, so that sweeping looks into one and not into 256
        temporary = self.folder / _TEMPORARY / f"{os.getpid()}.{target.name}"
        try:
            try:
                self._place(temporary, target, content)
            except FileNotFoundError:  # rarely; asking each time takes a third of a write
                for folder in (temporary.parent, target.parent):
                    folder.mkdir(parents=True, exist_ok=True)
                self._place(temporary, target, content)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            reason = f"cannot write {target}: {error.strerror or error}"
            raise OSError(error.errno, reason, str(target)) from error

    def _place(self, temporary: Path, target: Path, content: bytes) -> None:
        temporary.write_bytes(content)
        temporary.replace(target)

    def _relative(self, key: str) -> str:
        return f"{key[:2]}/{key}{_SUFFIX}"


def _record(head: bytes, size: int) -> dict[str, Any] | None:
    """The record in a file's header; None if the file is not as long as the header says."""
    length = int.from_bytes(head[:8], "little")
    try:
        header = json.loads(head[8 : 8 + length])
        record = json.loads(header.pop("__metadata__")[_RECORD])
        ends = [entry["data_offsets"][1] for entry in header.values()]
        whole = size == 8 + length + max(ends, default=0)
        return record if whole and record["schema"] == SCHEMA_VERSION else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _crc32(arrays: Mapping[str, np.ndarray]) -> int:
    value = 0
    for name in sorted(arrays):
        value = zlib.crc32(arrays[name].data, value)
    return value


def _plain(value: Measure) -> Measure:
    return value.item() if isinstance(value, np.generic) else value

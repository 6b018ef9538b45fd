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

from motionlib.errors import FormatError
from motionlib.files import Stamp, stamp_of, sweep_leftovers, temporary_beside
from motionlib.human.conversion import HumanMotion
from motionlib.stages.result import Measure, StoredClip

SCHEMA_VERSION = 2
"""Entries of another one count as absent, and are made again."""
_SUFFIX = ".safetensors"
_RECORD = "record"
"""The only key of a file's metadata: several would stand in an order of their own each time."""
_ARRAYS = ("dof_pos", "root_pos", "root_quat_wxyz")
_TEMPORARY = "unfinished"
_SEAL_DIGITS = 8
"""Hex digits of the record's own CRC-32, written before it."""
_checked: dict[str, tuple[Stamp, StoredClip]] = {}
"""Entries whose bytes this process has checked, with identity, size and times of the file then."""


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
    a power cut or a bad disk can cost is work. Record and numbers carry checksums: an entry whose
    bytes changed counts as absent for `get`, and is refused by `load`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def get(self, key: str) -> StoredClip | None:
        """The entry of a key, its bytes checked once a process; None if absent or damaged."""
        path = self._relative(key)
        try:
            with open(os.path.join(self.folder, path), "rb", buffering=0) as file:  # noqa: PTH118, PTH123 - thousands a second
                stamp = stamp_of(os.fstat(file.fileno()))
                known = _checked.get(file.name)
                if known is not None and known[0] == stamp:
                    return known[1]
                found = _entry(key, path, file.read())
        except FileNotFoundError:
            return None
        if found is not None:
            _checked[file.name] = (stamp, found)
        return found

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
        record = {"fps": float(fps), "measures": measures, "reason": ""}
        self._write(key, arrays, {**record, "notes": notes} if notes else record)
        return StoredClip(key=key, path=self._relative(key), measures=measures, notes=notes)

    def put_failure(
        self, key: str, reason: str, *, gate: str = "", frame: int | None = None
    ) -> StoredClip:
        """Keep why a clip cannot be converted, so that nobody tries again.

        Args:
            key: Of the clip.
            reason: For people.
            gate: Under what the tables count it.
            frame: Of the source, where one frame is to blame.

        Raises:
            OSError: The disk is full or the folder cannot be written; names the file.
        """
        record = {"measures": {}, "reason": reason, "gate": gate, "frame": frame}
        self._write(key, {}, record)
        return StoredClip(key=key, path="", measures={}, reason=reason, gate=gate, frame=frame)

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
        try:
            content = file.read_bytes()
        except FileNotFoundError as error:
            raise FormatError(f"{file}: this converted clip is gone; convert again") from error
        record = _record(content)
        if record is None or record["key"] != file.stem or not record["arrays"]:
            raise FormatError(
                f"{file}: its bytes changed since they were written; run again, which makes it anew"
            )
        return StoredArrays(
            fps=record["fps"],
            arrays=safetensors.numpy.load(content),
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
        sweep_leftovers(self.folder / _TEMPORARY)

    def _write(
        self, key: str, arrays: Mapping[str, np.ndarray], record: Mapping[str, object]
    ) -> None:
        told = {name: [_type_of(array), list(array.shape)] for name, array in arrays.items()}
        facts = {"arrays": told, "crc32": _crc32(arrays), "key": key, "schema": SCHEMA_VERSION}
        text = json.dumps({**record, **facts}, sort_keys=True)
        sealed = f"{zlib.crc32(text.encode()):0{_SEAL_DIGITS}x}{text}"
        content = safetensors.numpy.save(dict(arrays), {_RECORD: sealed})
        target = self.folder / self._relative(key)
        # one folder for all of them, so that sweeping looks into one and not into 256
        temporary = temporary_beside(self.folder / _TEMPORARY / target.name)
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


def _entry(key: str, path: str, content: bytes) -> StoredClip | None:
    """What a file's bytes say of a key; None if they are not as they were written."""
    record = _record(content)
    if record is None or record["key"] != key:
        return None
    reason = record["reason"]
    return StoredClip(
        key=key,
        path="" if reason else path,
        measures=record["measures"],
        reason=reason,
        gate=record.get("gate", ""),
        frame=record.get("frame"),
        notes=tuple(record.get("notes", ())),
    )


def _record(content: bytes) -> dict[str, Any] | None:
    """The record of a file; None if any of its bytes that matter is not as it was written."""
    length = int.from_bytes(content[:8], "little")
    data = memoryview(content)[8 + length :]
    try:
        header = json.loads(content[8 : 8 + length])
        sealed = header.pop("__metadata__")[_RECORD]
        seal, text = sealed[:_SEAL_DIGITS], sealed[_SEAL_DIGITS:]
        if seal != f"{zlib.crc32(text.encode()):0{_SEAL_DIGITS}x}":
            return None
        record = json.loads(text)
        if record["schema"] != SCHEMA_VERSION:
            return None
        found = {name: [entry["dtype"], entry["shape"]] for name, entry in header.items()}
        places = sorted((name, *entry["data_offsets"]) for name, entry in header.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    value = 0
    for _, start, stop in places:
        value = zlib.crc32(data[start:stop], value)
    filled = sum(stop - start for _, start, stop in places) == len(data)
    return record if filled and found == record["arrays"] and value == record["crc32"] else None


def _crc32(arrays: Mapping[str, np.ndarray]) -> int:
    value = 0
    for name in sorted(arrays):
        value = zlib.crc32(arrays[name].data, value)
    return value


def _type_of(array: np.ndarray) -> str:
    """As safetensors calls it: `F32`, `I64`, ...."""
    kind = array.dtype.kind
    return "BOOL" if kind == "b" else f"{kind.upper()}{8 * array.dtype.itemsize}"


def _plain(value: Measure) -> Measure:
    return value.item() if isinstance(value, np.generic) else value

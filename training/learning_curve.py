"""`progress.jsonl`, the learning curve of a run: a JSON object and its checksum a line."""

import json
import logging
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_CHECKSUM = "crc32"
_START = re.compile(rb'(?=\{"event": ")')
"""Beginning of a record, wherever the line before it was meant to end."""


def line_of(record: Mapping[str, Any]) -> str:
    """One record as a line, with the CRC-32 of what it would be without."""
    text = json.dumps(record)
    return json.dumps({**record, _CHECKSUM: zlib.crc32(text.encode())}) + "\n"


def read_progress(path: Path) -> list[dict[str, Any]]:
    """Records of a `progress.jsonl`, those that are as they were written.

    Each has `event` (`epoch` or `score`) and `step` (environment steps); an epoch also `epoch`,
    `seconds` of training, and all measures by name. Damaged records are left out and counted in
    the log; a last line cut short by a kill is left out. A file of before there were checksums is
    read as it is.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    pieces = [piece for piece in _START.split(content) if piece.strip()]
    checked = f'"{_CHECKSUM}": '.encode() in content
    found = [_record(piece, checked=checked) for piece in pieces]
    records = [record for record in found if record is not None]
    whole = content.endswith(b"\n") or not found or found[-1] is not None
    written = max(content.count(b"\n"), len(found) - (not whole))
    if len(records) < written:
        _LOG.warning("%s: left out %d damaged of %d records", path, written - len(records), written)
    return records


def _record(piece: bytes, *, checked: bool) -> dict[str, Any] | None:
    text = piece.decode(errors="replace")
    try:
        # what follows the record is the next one, unrecognisable, or a line end that is none
        record, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    if "\ufffd" in text[:end] or not isinstance(record, dict):
        return None
    if not isinstance(record.get("step"), int):
        return None
    if not checked:
        return record
    checksum = record.pop(_CHECKSUM, None)
    return record if checksum == zlib.crc32(json.dumps(record).encode()) else None

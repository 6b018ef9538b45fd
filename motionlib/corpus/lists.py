"""Motion lists in ProtoMotions' YAML schema, read whole: every part of every entry."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motionlib.containers.yaml_text import load_yaml, read_text
from motionlib.corpus.row import Split
from motionlib.errors import FormatError
from motionlib.showing import cut, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPart:
    """One of an entry's `sub_motions`."""

    start_s: float
    end_s: float
    """End in the recording; infinity where the list does not say."""
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One of a list's `motions`."""

    list_name: str
    split: Split
    file: str
    """Name of the recording as the list writes it, `/` between parts."""
    fps: float | None
    """Frames a second that the list believes; what the file says counts."""
    parts: tuple[ListedPart, ...]


def read_motion_list(path: Path, *, split: Split) -> list[ListEntry]:
    """Entries of a list, in its order.

    Args:
        path: Of the YAML.
        split: That the list stands for.

    Raises:
        FormatError: Not readable, not YAML, or an entry outside of the schema; names the entry.
    """
    path = Path(path)
    try:
        content = load_yaml(read_text(path))
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({error.strerror}); expected a motion list: check the path"
        ) from error
    except FormatError as error:
        text = str(error).removeprefix(f"{path}: ")
        raise FormatError(f"{path}: not YAML ({text}); expected a motion list") from error
    motions = content.get("motions") if isinstance(content, dict) else None
    if not isinstance(motions, list):
        raise FormatError(
            f"{path}: no `motions:` with a list under it; expected entries like "
            "`- {file: ACCAD/x_poses.motion, weight: 1.0}`"
        )
    return [_entry(raw, path, number, split) for number, raw in enumerate(motions)]


def _entry(raw: Any, path: Path, number: int, split: Split) -> ListEntry:
    origin = f"{path}: motions[{number}]"
    if not isinstance(raw, dict) or not isinstance(raw.get("file"), str) or not raw["file"]:
        raise FormatError(f"{origin} is {shown(raw)}, expected a mapping with a `file`")
    origin = f"{origin} ({cut(raw['file'])})"
    weight = _number(raw, "weight", origin, default=1.0, least=0.0)
    fps = _number(raw, "fps", origin, default=math.nan, least=1e-9)
    subs = raw.get("sub_motions") or [{}]
    if not isinstance(subs, list):
        raise FormatError(f"{origin}: sub_motions is {shown(subs)}, expected a list")
    return ListEntry(
        list_name=path.name,
        split=split,
        file=raw["file"].replace("\\", "/"),
        fps=None if math.isnan(fps) else fps,
        parts=tuple(
            _part(sub, f"{origin}: sub_motions[{place}]", weight) for place, sub in enumerate(subs)
        ),
    )


def _part(raw: Any, origin: str, weight: float) -> ListedPart:
    timings = raw.get("timings") if isinstance(raw, dict) else raw
    if timings is None:
        timings = {}
    if not isinstance(timings, dict):
        raise FormatError(f"{origin}: timings is {shown(timings)}, expected {{start: s, end: s}}")
    start = _number(timings, "start", origin, default=0.0, least=0.0)
    end = _number(timings, "end", origin, default=math.inf, least=0.0)
    if end <= start:
        raise FormatError(f"{origin}: ends at {end:g} s, expected after its start at {start:g} s")
    return ListedPart(
        start_s=start,
        end_s=end,
        weight=_number(raw, "weight", origin, default=weight, least=0.0),
    )


def _number(
    raw: Mapping[str, Any], key: str, origin: str, *, default: float, least: float
) -> float:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < 1e9:
        raise FormatError(
            f"{origin}: {key} is {shown(value)}, expected a number of at least {least:g}"
        )
    return float(value)

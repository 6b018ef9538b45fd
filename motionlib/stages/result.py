"""What the content cache and the conversion stage say of a clip, arrays apart."""

from collections.abc import Mapping
from dataclasses import dataclass

Measure = float | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClip:
    """What the cache knows of one clip, arrays apart."""

    key: str
    path: str
    """Relative to the store's folder, `/` between parts; empty where there are no arrays."""
    measures: Mapping[str, Measure]
    reason: str = ""
    """Why there is none; empty if there is."""
    gate: str = ""
    """Under what the tables count that reason; empty if there is none."""
    frame: int | None = None
    """Of the source, where one frame is to blame."""
    notes: tuple[str, ...] = ()
    """What people should know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipResult:
    """What became of one clip in the conversion stage."""

    clip_id: str
    key: str
    """Of its entry in the store; empty for a clip that the index had rejected."""
    path: str
    """For `ClipStore.load`; empty if it was not converted."""
    measures: Mapping[str, Measure]
    reason: str
    """Why it was not converted; empty if it was."""
    recomputed: bool
    """Whether this call read the file; else the store knew the answer."""
    gate: str = ""
    """Under what the tables count that reason; empty if there is none."""
    frame: int | None = None
    """Of the source, where one frame is to blame."""
    notes: tuple[str, ...] = ()
    """What its reader had to decide."""

"""What the content cache and a stage say of a clip, arrays apart."""

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
class StageResult:
    """What became of one clip in a stage; what it is worth is for the gates to say."""

    clip_id: str
    key: str
    """Of its entry in the store; empty for a clip that never came to the stage."""
    cache_path: str
    """Its entry, for `ClipStore.load_arrays`; empty where there are no arrays."""
    measures: Mapping[str, Measure]
    reason: str
    """Why there is no result; empty if there is."""
    recomputed: bool
    """Whether this call made it; else the store knew the answer."""
    gate: str = ""
    """Under what the tables count that reason; empty if there is none."""
    frame: int | None = None
    """Of the source, where one frame is to blame."""
    notes: tuple[str, ...] = ()
    """What people should know of it."""

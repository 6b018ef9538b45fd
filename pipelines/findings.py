"""What `motion verify` finds: damage, where, and what becomes of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was written."""

    area: str
    """`home`, `registry`, `cache`, `results`, `reports` or `leftovers`."""
    path: Path
    found: str
    """What is wrong, in a few words."""
    remedy: str
    """What to do, or what the next run does by itself."""
    heals: bool
    """Whether nobody has to do anything."""


Check = Callable[[], Iterable[Finding]]
"""Looks at one thing."""

"""One row of the clip index: what a clip is, whatever becomes of it."""

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "validation", "test"]
IndexState = Literal["indexed", "rejected"]
Gate = Literal[
    "",
    "unreadable",
    "issue_list",
    "same_id",
    "no_file",
    "listed_twice",
    "unlisted",
    "no_frames",
]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
INDEXED: IndexState = "indexed"
REJECTED: IndexState = "rejected"
UNREADABLE: Gate = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRow:
    """A source file or a timed part of one; columns of the clip index, in this order."""

    clip_id: str
    """Stable across machines: path in the source folder without suffix, `/` between parts, and
    `#start-end` in seconds where the clip is a part of its file."""
    dataset: str
    """First folder of the path, its name in AMASS's own spelling; `""` for files at the top."""
    subset: str
    """Partition of the graph: the dataset's name, made safe for a partition key."""
    path: str
    """Relative to the source folder, `/` between parts."""
    sha256: str
    """Hex digest of the file's bytes; empty if it could not be read."""
    bytes: int
    mtime_ns: int
    """Time of change of the file when it was hashed."""
    frames: int
    """Source frames of the clip (of the part, where it is one); 0 if unreadable."""
    source_fps: float
    """Frames a second of the file; 0 if unreadable."""
    seconds: float
    """s of the source that this clip stands for in the books, frames / source_fps."""
    gender: str
    format: str
    """`amass_smplh`, `amass_smplx`, `amass_smpl`, `bvh`, or `""` if unreadable."""
    start_s: float
    """s into the file; 0 for a whole file."""
    end_s: float
    """s into the file; infinity for a whole file."""
    split: Split
    weight: float
    fate: IndexState
    """`indexed` until it was converted and judged; unreadable files are rejected at once."""
    reason: str
    """Why it was rejected; else what its readers want people to know; may be empty."""
    gate: Gate = ""
    """What rejected it, by which books count it; empty if nothing did."""

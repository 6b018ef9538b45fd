"""How lists and issues cut a recording into parts, so that every frame is in some row."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from motionlib.corpus.issue_list import Issue
from motionlib.corpus.lists import ListedPart
from motionlib.corpus.row import Gate, Split

_END_TOLERANCE_S = 0.01
"""Lists round their ends: one this near to the last frame is the end of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """A run of a recording's frames and what becomes of it."""

    first: int
    stop: int
    """First frame after the part."""
    start_s: float
    end_s: float
    """End in the recording; infinity for the end of the file."""
    split: Split
    weight: float = 1.0
    rejected: str = ""
    """Why it is no clip; empty if it is one."""
    gate: Gate = ""
    """What rejected it."""
    notes: tuple[str, ...] = ()


def whole_file(frames: int, *, split: Split, rejected: str = "", gate: Gate = "") -> FilePart:
    """The part that is everything."""
    return FilePart(
        first=0,
        stop=frames,
        start_s=0.0,
        end_s=math.inf,
        split=split,
        rejected=rejected,
        gate=gate,
    )


def listed_part(
    part: ListedPart, *, frames: int, fps: float, split: Split, notes: tuple[str, ...] = ()
) -> FilePart:
    """Frames of a list's timing: `int(start * fps)` up to, not including, `int(end * fps)`.

    That is ProtoMotions' rule, and `HumanClip.part` applies the same one.
    """
    first = int(part.start_s * fps)
    end_s = part.end_s
    if end_s >= (frames - 1) / fps - _END_TOLERANCE_S:
        if frames / fps + _END_TOLERANCE_S < end_s < math.inf:
            notes = (*notes, f"the list's end at {end_s:g} s is after the file's")
        end_s = math.inf
    stop = frames if end_s == math.inf else int(end_s * fps)
    rejected = "" if first < stop else f"starts after the file's end at {frames / fps:g} s"
    if first < frames and first >= stop:
        rejected = "its timings hold no frame"
    return FilePart(
        first=min(first, frames),
        stop=max(min(first, frames), stop),
        start_s=part.start_s,
        end_s=end_s,
        split=split,
        weight=part.weight,
        rejected=rejected,
        gate="no_frames" if rejected else "",
        notes=notes,
    )


def with_gaps(parts: Sequence[FilePart], *, frames: int, fps: float) -> list[FilePart]:
    """The parts in time order, what none of them covers as rejected parts between them.

    Parts that share frames say so; the same frames twice are rejected the second time.
    """
    filled = [part for part in parts if part.first == part.stop]
    covered = 0
    taken: dict[tuple[float, float], FilePart] = {}
    for part in sorted((p for p in parts if p.first < p.stop), key=lambda each: each.first):
        if part.first > covered:
            filled.append(_gap(covered, part.first, fps, part.split))
        same = taken.setdefault((part.start_s, part.end_s), part)
        shared = min(covered, part.stop) - part.first
        if same is not part:
            reason = f"already in the {same.split} list"
            filled.append(replace(part, rejected=reason, gate="listed_twice"))
        elif shared > 0:
            note = f"shares {shared / fps:g} s with the part before it"
            filled.append(replace(part, notes=(*part.notes, note)))
        else:
            filled.append(part)
        covered = max(covered, part.stop)
    if covered < frames:
        split = filled[-1].split if filled else "train"
        filled.append(replace(_gap(covered, frames, fps, split), end_s=math.inf))
    return filled


def cut_by_issue(parts: Iterable[FilePart], issue: Issue | None, *, fps: float) -> list[FilePart]:
    """Parts up to where a fault begins, and what lies after it as rejected parts."""
    if issue is None:
        return list(parts)
    cut = int(issue.cut_s * fps)
    reason = f"issue list: {issue.kind}"
    result = []
    for part in parts:
        if part.rejected or part.stop <= cut:
            result.append(part)
        elif part.first >= cut:
            result.append(replace(part, rejected=reason, gate="issue_list"))
        else:
            result.append(replace(part, stop=cut, end_s=issue.cut_s))
            after = replace(part, rejected=f"{reason} from here on", gate="issue_list")
            result.append(replace(after, first=cut, start_s=issue.cut_s))
    return result


def _gap(first: int, stop: int, fps: float, split: Split) -> FilePart:
    return FilePart(
        first=first,
        stop=stop,
        start_s=first / fps,
        end_s=stop / fps,
        split=split,
        rejected="not in the list",
        gate="unlisted",
    )

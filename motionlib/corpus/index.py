"""The clip index: one row for every recording of a folder, or for every part that lists name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from motionlib.corpus.identity import dataset_of, file_id, list_key, part_id, subset_of
from motionlib.corpus.issue_list import IssueList, read_issue_list
from motionlib.corpus.lists import ListEntry, read_motion_list
from motionlib.corpus.parts import FilePart, cut_by_issue, listed_part, whole_file, with_gaps
from motionlib.corpus.row import INDEXED, REJECTED, UNREADABLE, ClipRow, Split
from motionlib.corpus.scan import scan_folder
from motionlib.corpus.scan_memory import ScannedFile
from motionlib.corpus.splits import (
    DEFAULT_SPLIT,
    check_fractions,
    check_split_names,
    hash_split,
    subset_split,
)
from motionlib.errors import MotionError
from motionlib.human.clip_facts import ClipFacts

_NO_FACTS = ClipFacts(frames=0, fps=0.0, gender="", format="")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """What a folder's recordings are divided by; the first of lists, hash and rule that is given.

    Raises:
        MotionError: Unknown splits, shares that make up no whole, or lists and shares at once.
    """

    lists: Mapping[Split, str] = field(default_factory=dict)
    """Split to a motion list in ProtoMotions' schema; recordings in no list are rejected."""
    hash_fractions: Mapping[Split, float] = field(default_factory=dict)
    """Split to its share of the recordings, drawn by the hash of their ids."""
    subset_rule: bool = True
    """ProtoMotions' division of AMASS's datasets, all others in train; without it all are."""
    issue_list: str = ""
    """PHC's list of recordings in which people sit or leave the ground; empty for none."""
    include: tuple[str, ...] = ()
    """Shell patterns of paths in the folder; empty admits all."""
    exclude: tuple[str, ...] = ()
    """Shell patterns of paths that are no part of the source: they get no row."""

    def __post_init__(self) -> None:
        check_split_names(self.lists, "lists")
        if self.hash_fractions:
            check_fractions(self.hash_fractions)
        if self.lists and self.hash_fractions:
            raise MotionError("lists and hash_fractions are both given; expected one of them")

    def split_of(self, path: str) -> Split:
        """Split of a recording that no list names.

        Args:
            path: In the source folder.
        """
        if self.hash_fractions:
            return hash_split(file_id(path), self.hash_fractions)
        return subset_split(dataset_of(path)) if self.subset_rule else DEFAULT_SPLIT


def build_index(
    root: Path,
    settings: IndexSettings,
    *,
    memory: Path | None,
    processes: int = 0,
    progress: bool = True,
) -> list[ClipRow]:
    """Index a folder of recordings.

    Every recording gets a row, or one for each part that lists name and each stretch that they
    leave out; so does every list entry without a file. A recording that cannot be read is one
    rejected row and stands for no seconds.

    Args:
        root: Folder of recordings.
        settings: Lists, splits, issues, patterns.
        memory: File that remembers earlier scans of the folder; `None` reads everything.
        processes: That hash and read headers; 0 for one a core.
        progress: Show a bar while files are read.

    Returns:
        Rows with unique ids, sorted by id.

    Raises:
        FormatError: `root` is no folder, or a list cannot be read.
    """
    lists = [
        entry
        for split, path in settings.lists.items()
        for entry in read_motion_list(Path(path), split=split)
    ]
    issues = read_issue_list(Path(settings.issue_list)) if settings.issue_list else IssueList({})
    files = scan_folder(
        Path(root),
        include=settings.include,
        exclude=settings.exclude,
        memory=memory,
        processes=processes,
        progress=progress,
    )
    rows = _Rows()
    firsts = {file_id(file.path): file for file in reversed(files)}
    entries, strays = _assigned(lists, list(firsts.values()))
    for file in files:
        whole = file_id(file.path)
        if firsts[whole] is not file:
            rows.add_twin(file, firsts[whole].path, settings.split_of(file.path))
            continue
        parts = _parts(file, entries[file.path], settings)
        if file.facts:
            parts = cut_by_issue(parts, issues.find(file.path), fps=file.facts.fps)
        for part in parts:
            rows.add(file, part, whole)
    for entry, reason in strays:
        rows.add_stray(entry, reason)
    return sorted(rows.made, key=lambda row: row.clip_id)


def _assigned(
    entries: Sequence[ListEntry], files: Sequence[ScannedFile]
) -> tuple[dict[str, list[ListEntry]], list[tuple[ListEntry, str]]]:
    """Entries by path of their file, and the entries without one with the reason."""
    if not entries:
        return defaultdict(list), []
    by_id = {file_id(file.path): file.path for file in files}
    by_key: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_key[list_key(file.path)].append(file.path)
    assigned: dict[str, list[ListEntry]] = defaultdict(list)
    strays: list[tuple[ListEntry, str]] = []
    for entry in entries:
        exact = by_id.get(file_id(entry.file))
        near = [exact] if exact else by_key.get(list_key(entry.file), [])
        if len(near) == 1:
            assigned[near[0]].append(entry)
        elif near:
            names = ", ".join(sorted(near)[:3])
            strays.append((entry, f"{entry.list_name} names a file that could be any of {names}"))
        else:
            strays.append((entry, f"{entry.list_name} names a file that is not in the folder"))
    return assigned, strays


def _parts(
    file: ScannedFile, entries: Sequence[ListEntry], settings: IndexSettings
) -> list[FilePart]:
    split = entries[0].split if entries else settings.split_of(file.path)
    if file.facts is None:
        return [whole_file(0, split=split, rejected=file.error, gate=UNREADABLE)]
    facts = file.facts
    if not settings.lists:
        return [whole_file(facts.frames, split=split)]
    if not entries:
        return [whole_file(facts.frames, split=split, rejected="in no list", gate="unlisted")]
    parts = [
        listed_part(
            part,
            frames=facts.frames,
            fps=facts.fps,
            split=entry.split,
            notes=_remarks(entry, facts),
        )
        for entry in entries
        for part in entry.parts
    ]
    return with_gaps(parts, frames=facts.frames, fps=facts.fps)


def _remarks(entry: ListEntry, facts: ClipFacts) -> tuple[str, ...]:
    # ProtoMotions rounds the rate of a file before it writes a list
    if entry.fps is None or abs(entry.fps - facts.fps) < 1.0:
        return ()
    return (f"{entry.list_name} says {entry.fps:g} fps, the file {facts.fps:g}: the file counts",)


class _Rows:
    """Rows as they are made, no id twice."""

    def __init__(self) -> None:
        self.made: list[ClipRow] = []
        self._ids: set[str] = set()

    def add(self, file: ScannedFile, part: FilePart, whole: str) -> None:
        facts = file.facts or _NO_FACTS
        frames = part.stop - part.first
        dataset = dataset_of(file.path)
        self.made.append(
            ClipRow(
                clip_id=self._unused(part_id(whole, start_s=part.start_s, end_s=part.end_s)),
                dataset=dataset,
                subset=subset_of(dataset),
                path=file.path,
                sha256=file.sha256,
                bytes=file.bytes,
                mtime_ns=file.mtime_ns,
                frames=frames,
                source_fps=facts.fps,
                seconds=frames / facts.fps if frames else 0.0,
                gender=facts.gender,
                format=facts.format,
                start_s=part.start_s,
                end_s=part.end_s,
                split=part.split,
                weight=part.weight,
                fate=REJECTED if part.rejected else INDEXED,
                reason="; ".join((*((part.rejected,) if part.rejected else ()), *part.notes)),
                gate=part.gate,
            )
        )

    def add_twin(self, file: ScannedFile, first: str, split: Split) -> None:
        """A file whose id another one has already: its own is its path with the suffix."""
        frames = file.facts.frames if file.facts else 0
        reason = f"two files with one id: {first} has it already; rename one of them"
        part = whole_file(frames, split=split, rejected=reason, gate="same_id")
        self.add(file, part, file.path)

    def add_stray(self, entry: ListEntry, reason: str) -> None:
        """A list's entry for which there is no file."""
        nothing = ScannedFile(
            path=entry.file, bytes=0, mtime_ns=0, sha256="", facts=None, error=reason
        )
        part = whole_file(0, split=entry.split, rejected=reason, gate="no_file")
        self.add(nothing, part, file_id(entry.file))

    def _unused(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self._ids:
            name, number = f"{wanted}~{number}", number + 1
        self._ids.add(name)
        return name

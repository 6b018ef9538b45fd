"""A clip's whole history: from its file to its place in a library, with every gate's verdict."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from motionlib.corpus.row import INDEXED, ClipRow
from motionlib.errors import MotionError, nearest_names
from motionlib.files import sha256_of_file
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.plausibility_table import HUMAN_PLAUSIBILITIES
from motionlib.stages.gates import HumanGates, verdicts_of
from motionlib.stages.result import StageResult
from motionlib.stages.table import (
    TableContext,
    read_clip_ids,
    read_clip_rows,
    read_context,
)
from motionlib.stages.verdicts import ACCEPTED, Verdict, at_most, bounds_of

_ASKED = {each.measure.name for each in HUMAN_PLAUSIBILITIES}
_OTHERS = [
    measure
    for measure in HUMAN_MEASURES
    if measure.name not in {*bounds_of(HumanGates()), *_ASKED, "frames", "seconds"}
]
"""Measures that no gate judges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipHistory:
    """What one recipe did with one clip."""

    recipe: str
    clip_id: str
    fate: str
    reason: str
    facts: Mapping[str, object]
    """Line by line for people, in the order of the clip's way."""
    verdicts: Sequence[Verdict]


def histories_of(
    tables: Mapping[str, Path], clip_id: str, *, recipe: str = ""
) -> list[ClipHistory]:
    """What every recipe, or one of them, did with a clip.

    Args:
        tables: Recipe to its `clips.parquet`.
        clip_id: As in the clip index, or a beginning that only one clip has.
        recipe: Only this one; empty takes all that know the clip.

    Raises:
        MotionError: No such table, or no such clip; names the nearest.
    """
    if not tables:
        raise MotionError("no recipe has a table of clips yet; run a recipe of human motions")
    if recipe and recipe not in tables:
        raise MotionError(
            f"no table of clips of recipe {recipe!r}; {nearest_names(recipe, tables)}"
        )
    chosen = {recipe: tables[recipe]} if recipe else tables
    known = {each for file in chosen.values() for each in read_clip_ids(file)}
    # AMASS's names end in _poses, which nobody types
    begun = {each for each in known if each.startswith(clip_id)} if clip_id else set()
    if clip_id not in known and len(begun) != 1:
        raise MotionError(
            f"no clip {clip_id!r} in the recipes {', '.join(chosen)}; "
            f"{nearest_names(clip_id, begun or known)}"
        )
    meant = clip_id if clip_id in known else begun.pop()
    return [
        _history(name, row, read_context(file))
        for name, file in chosen.items()
        for row in read_clip_rows(file, meant)
    ]


def _history(recipe: str, row: Mapping[str, Any], context: TableContext) -> ClipHistory:
    return ClipHistory(
        recipe=recipe,
        clip_id=row["clip_id"],
        fate=row["fate"],
        reason=row["reason"],
        facts={
            **_source_facts(row),
            "file now": _file_now(row, context.root),
            **_conversion_facts(row, context),
            **_library_facts(row),
        },
        verdicts=_verdicts(row, context.gates),
    )


def place_of(row: Mapping[str, Any]) -> str:
    """Library, file and number of a clip that was packed, as its table has them; else `none`."""
    if not row.get("library"):
        return "none"
    file = f"/{row['library_file']}" if row.get("library_file") else ""
    return f"{row['library']}{file}, motion {row['library_index']}"


def _source_facts(row: Mapping[str, Any]) -> dict[str, object]:
    whole = row["start_s"] == 0 and row["end_s"] == float("inf")
    part = "whole file" if whole else f"{row['start_s']:g} to {row['end_s']:g} s of the file"
    return {
        "file": row["path"],
        "dataset": f"{row['dataset']} (subset {row['subset']})",
        "recorded": f"{row['frames']} frames at {row['source_fps']:g} fps, {row['seconds']:.3f} s",
        "format": " ".join(filter(None, (row["format"], row["gender"]))) or "unknown",
        "part": part,
        "sha256": row["sha256"] or "none: the file could not be read",
        "split": f"{row['split']}, weight {row['weight']:g}",
        **({"remark": row["notes"]} if row["notes"] else {}),
    }


def _file_now(row: Mapping[str, Any], root: str) -> str:
    """The file as it lies there now beside what the index saw."""
    if not root:
        return "unknown: the table does not say which folder was indexed"
    path = Path(root) / row["path"]
    try:
        found = path.stat()
        if (found.st_size, found.st_mtime_ns) == (row["bytes"], row["mtime_ns"]):
            return f"{path}: as indexed, {found.st_size} bytes"
        same = sha256_of_file(path) == row["sha256"]
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    if same:
        return f"{path}: touched since it was indexed, same content"
    return f"{path}: changed since it was indexed, {row['bytes']} then {found.st_size} bytes"


def _conversion_facts(row: Mapping[str, Any], context: TableContext) -> dict[str, object]:
    if not row["key"]:
        return {"conversion": "none: the index had rejected it"}
    entry = Path(context.store) / row["cache_path"] if row["cache_path"] else None
    there = "" if entry is None or entry.is_file() else ", gone by now"
    settings = ", ".join(f"{name} {value}" for name, value in context.settings.items())
    result = f"{row['output_frames']} frames, {row['output_seconds'] or 0.0:.3f} s"
    others = {
        measure.words: f"{found:.4g} {measure.unit}" if isinstance(found, float) else found
        for measure in _OTHERS
        if (found := row.get(measure.name)) is not None
    }
    return {
        "robot": context.robot or "unknown",
        "settings": settings or "unknown",
        "cache key": row["key"],
        "cache entry": f"{entry}{there}" if entry else "none: the conversion failed",
        "converted": result if entry else "no",
        **others,
    }


def _library_facts(row: Mapping[str, Any]) -> dict[str, object]:
    name = f", name {row['clip_id']}" if row.get("library") else ""
    return {"library": f"{place_of(row)}{name}"}


def _verdicts(row: Mapping[str, Any], gates: HumanGates | None) -> list[Verdict]:
    """Every gate again from the table's own measures, and what stands beside the gates."""
    worst = {name: row[name] for name in ("value", "threshold", "frame")}
    stopped = Verdict(gate=row["gate"], fate=row["fate"], reason=row["reason"], **worst)
    if not row["cache_path"] or gates is None:
        return [stopped] if row["fate"] != ACCEPTED else []
    columns = {each.name: row[each.name] for each in fields(ClipRow)}
    clip = ClipRow(**{**columns, "fate": INDEXED, "gate": ""})
    measures = {name: value for name, value in row.items() if value is not None}
    measures |= {"frames": row["output_frames"], "seconds": row["output_seconds"]}
    result = StageResult(
        clip_id=clip.clip_id, key=row["key"], cache_path=row["cache_path"],
        measures=measures, reason="", recomputed=False,
    )  # fmt: skip
    # a table of before a measure was taken says nothing of it
    unknown = {name: at_most(math.inf) for name in bounds_of(gates) if name not in row}
    verdicts = verdicts_of(clip, result, replace(gates, **unknown))
    known = {verdict.gate for verdict in verdicts}
    return [
        *verdicts,
        *([stopped] if row["fate"] != ACCEPTED and stopped.gate not in known else []),
    ]

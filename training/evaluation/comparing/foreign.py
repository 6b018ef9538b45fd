"""Per-clip results of another project, JSON or CSV, as a side of a comparison."""

import csv
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from motionlib.errors import FormatError, nearest_names
from motionlib.showing import listed, shown, shown_error
from training.evaluation.columns import COLUMNS
from training.evaluation.comparing.sides import Measured, Side, flat, keyed

NAMES = ("motion_name", "case", "motion", "clip", "clip_name", "clip_id", "key", "motion_key",
         "name", "file", "motion_file")  # fmt: skip
"""Columns that may say which clip a row is about, the first found is taken."""
_DEGREES = math.pi / 180.0
_WORDS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a foreign column becomes: `scale` times it, plus `offset`, under our name."""

    name: str
    scale: float = 1.0
    offset: float = 0.0


ALIASES: Mapping[str, Taken] = {
    **{name: Taken(name="body_pos_error_mean") for name in
       ("gt_err", "gt_error", "gt_err_mean", "gt_error_mean", "gt_error/mean")},
    **{name: Taken(name="body_rot_error_mean") for name in
       ("gr_err", "gr_error", "gr_err_mean", "gr_error_mean", "gr_error/mean")},
    "gr_err_degrees": Taken(name="body_rot_error_mean", scale=_DEGREES),
    "mpjpe_g": Taken(name="body_pos_error_mean", scale=1e-3),
    "failed": Taken(name="success", scale=-1.0, offset=1.0),
}  # fmt: skip
"""Columns of other projects that mean what one of ours means: ProtoMotions' mean distance (m) and
angle (rad, or degrees) over bodies and time, PHC's global error (mm), and verdicts the other way."""


def side_of_foreign(path: Path, *, label: str, columns: Mapping[str, str]) -> Side:
    """Read a table of another project.

    Args:
        path: CSV with a header; JSON: a list of rows, or a mapping of clip to row.
        label: What people call it.
        columns: Their column to ours, `theirs: ours` or `theirs: ours*factor`; goes before the
            known aliases. One that becomes `motion_name` says which clip a row is about.

    Raises:
        FormatError: No such table, a column that it has not, a value that is no number, or a clip
            twice.
    """
    raw = _rows_of(path)
    taken = {theirs: _taken(path, theirs, ours) for theirs, ours in columns.items()}
    present = dict.fromkeys(name for row in raw for name in row)
    if unknown := [name for name in taken if name not in present]:
        raise FormatError(
            f"{path}: has no column {unknown[0]!r}; {nearest_names(unknown[0], present)}"
        )
    name_column = _name_column(path, taken, present)
    chosen = _chosen(path, taken, present, name_column)
    rows, broken, texts = [], {}, set()
    for number, row in enumerate(raw, start=1):
        case = row.get(name_column)
        if case is None or not str(case).strip():
            raise FormatError(f"{path}: row {number} has no {name_column}, expected a clip's name")
        found: dict[str, Any] = {"case": str(case)}
        for theirs, each in chosen.items():
            value = _number(row.get(theirs))
            if isinstance(value, str):
                texts.add(theirs)
            elif value is not None and not math.isfinite(value):
                broken.setdefault(each.name, []).append(str(case))
            elif value is not None:
                found[each.name] = each.scale * value + each.offset
        rows.append(("", str(case), found))
    _refuse_texts(path, texts, columns)
    measures = _measures({theirs: each for theirs, each in chosen.items() if theirs not in texts})
    for _, _, row in rows:
        for name in measures:
            row.setdefault(name, None)
    return Side(
        label=label,
        path=path,
        rows=keyed(path, rows),
        measures=measures,
        not_finite={name: tuple(cases) for name, cases in broken.items()},
        notes=_notes(chosen, texts),
    )


def _rows_of(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path}: cannot be read as text: {shown_error(error)}") from error
    rows = _rows_of_csv(text) if path.suffix == ".csv" else _rows_of_json(path, text)
    if not rows:
        raise FormatError(f"{path}: holds no rows, expected one for each clip")
    return rows


def _rows_of_csv(text: str) -> list[dict[str, Any]]:
    # what stands beyond the header's columns is under None
    rows = csv.DictReader(text.splitlines())
    return [{k.strip(): v for k, v in row.items() if k is not None} for row in rows]


def _rows_of_json(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: is no JSON: {shown_error(error)}") from error
    if isinstance(content, Mapping):
        content = [
            {**row, NAMES[0]: name} if isinstance(row, Mapping) else row
            for name, row in content.items()
        ]
    if not isinstance(content, list) or not all(isinstance(row, Mapping) for row in content):
        raise FormatError(
            f"{path}: holds {shown(content)}, expected a list of rows, or a mapping of each clip "
            "to its row"
        )
    return [flat(row) for row in content]


def _taken(path: Path, theirs: str, ours: str) -> Taken:
    name, star, factor = ours.partition("*")
    try:
        return Taken(name=name.strip(), scale=float(factor) if star else 1.0)
    except ValueError as error:
        raise FormatError(
            f"{path}: column {theirs} is {ours!r}, expected a name of ours, or name*factor"
        ) from error


def _name_column(path: Path, taken: Mapping[str, Taken], present: Iterable[str]) -> str:
    for theirs, each in taken.items():
        if each.name == NAMES[0]:
            return theirs
    for name in NAMES:
        if name in present:
            return name
    raise FormatError(
        f"{path}: no column names the clip of a row (columns: {listed(present)}); say which: "
        f"--columns theirs={NAMES[0]}"
    )


def _chosen(
    path: Path, taken: Mapping[str, Taken], present: Iterable[str], name_column: str
) -> dict[str, Taken]:
    """Their columns to what they become; one of our names is taken once."""
    found: dict[str, Taken] = {}
    for theirs in present:
        if theirs != name_column:
            found[theirs] = taken.get(theirs) or ALIASES.get(theirs) or Taken(name=theirs)
    # what a person said, and our own names, go before what is only known by an alias
    ranked = sorted(found, key=lambda theirs: (theirs not in taken, theirs != found[theirs].name))
    owners: dict[str, str] = {}
    for theirs in ranked:
        first = owners.setdefault(found[theirs].name, theirs)
        if first != theirs and theirs in taken:
            raise FormatError(
                f"{path}: columns {first} and {theirs} both become {taken[theirs].name}"
            )
    return {theirs: each for theirs, each in found.items() if owners[each.name] == theirs}


def _number(value: object) -> float | str | None:
    """A cell as a number, None where it is empty, or its text."""
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        return float(value)
    text = str(value).strip()
    if not text:
        return None
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return float(text)
    except ValueError:
        return text


def _refuse_texts(path: Path, texts: Iterable[str], columns: Mapping[str, str]) -> None:
    if odd := [name for name in texts if name in columns or name in ALIASES]:
        raise FormatError(f"{path}: column {odd[0]} holds text, expected numbers")


def _measures(chosen: Mapping[str, Taken]) -> dict[str, Measured]:
    known = {column.name: column for column in COLUMNS}
    found = {}
    for each in chosen.values():
        ours = known.get(each.name)
        found[each.name] = Measured(
            name=each.name,
            unit=ours.unit if ours else "",
            meaning=ours.meaning if ours else "",
            share=ours is not None and pa.types.is_boolean(ours.type),
        )
    return found


def _notes(chosen: Mapping[str, Taken], texts: Iterable[str]) -> tuple[str, ...]:
    read = []
    for theirs, each in chosen.items():
        if theirs in texts or theirs == each.name:
            continue
        scale = f" × {each.scale:.6g}" if each.scale != 1.0 and not each.offset else ""
        read.append(f"{theirs}{' turned round' if each.offset else scale} is read as {each.name}")
    return tuple(read)

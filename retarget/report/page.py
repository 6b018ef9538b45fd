"""The retargeting report: one HTML file that needs neither network nor other files."""

import base64
import logging
import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from motionlib.errors import FormatError, MotionError
from motionlib.files import write_text
from motionlib.motion import Motion
from motionlib.stages.verdicts import ACCEPTED, FATES, bounds_of, fate_of
from retarget.pairs.pair import UNSURE
from retarget.quality.gates import BOUNDED, RetargetGates, frame_of, judge_retargeted
from retarget.report import plots as report_plots
from retarget.report.plots import SHOWN, Pairs, Rows
from retarget.report.strips import StripRow, picture_strip

REPORT = "report.html"
_TEMPLATE = "report.html.j2"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipPictures:
    """The motions of one clip, to be drawn."""

    human: Motion
    robot: Motion
    other: Motion | None = None
    """The robot's motion by the other method or configuration."""


Loader = Callable[[str], ClipPictures | None]
"""Motions of a clip by its id; None where there are none."""


def write_report(
    folder: Path,
    rows: Rows,
    *,
    load: Loader | None = None,
    title: str = "Retargeting",
    other_rows: Rows | None = None,
    labels: tuple[str, str] = ("this", "other"),
    gates: RetargetGates | None = None,
    worst: int = 8,
    renderer: str = "",
) -> Path:
    """Write `report.html` into a folder.

    Args:
        folder: For the file.
        rows: One a clip: `clip_id`, `fate`, `reason`, `seconds` and the measures, missing or None
            where there are none; `gate`, `method`, `robot`, `source` if they are known.
        load: Gives the motions of the worst clips; without it there are no pictures.
        title: Heading.
        other_rows: Of another method or configuration; compared clip by clip.
        labels: Of the two.
        gates: By which the rows were judged, for their thresholds; the usual ones if None.
        worst: Clips that are shown in pictures.
        renderer: See `strips.picture_strip`.

    Returns:
        Path of the report.

    Raises:
        FormatError: There are no rows, or one lacks a fate or an id.
    """
    text = report_html(
        rows, load=load, title=title, other_rows=other_rows, labels=labels, gates=gates,
        worst=worst, renderer=renderer,
    )  # fmt: skip
    path = Path(folder) / REPORT
    write_text(path, text)
    return path


def report_html(
    rows: Rows,
    *,
    load: Loader | None,
    title: str,
    other_rows: Rows | None,
    labels: tuple[str, str],
    gates: RetargetGates | None,
    worst: int,
    renderer: str,
) -> str:
    """The report as text; see `write_report`."""
    check_rows(rows)
    gates = gates or RetargetGates()
    ordered = sorted(rows, key=lambda row: (-badness(row, gates), str(row["clip_id"])))
    tables = {labels[0]: rows}
    pairs: Pairs = []
    if other_rows is not None:
        check_rows(other_rows)
        tables[labels[1]] = other_rows
        pairs = common_clips(rows, other_rows)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("retarget.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = _number
    return environment.get_template(_TEMPLATE).render(
        title=title,
        subtitle=_subtitle(rows),
        doubts=_doubts(rows),
        labels=labels,
        colors=report_plots.COLORS,
        books={label: books(table, gates) for label, table in tables.items()},
        shown=SHOWN,
        bounds=bounds_of(gates),
        distributions=report_plots.distributions(tables, gates),
        rows=ordered,
        worst=list(_worst(ordered[:worst], load, labels, renderer, gates)),
        scatter=report_plots.scatter(pairs, labels) if pairs else "",
        ratios=[ratio_row(shown, pairs) for shown in SHOWN] if pairs else [],
        pairs=len(pairs),
        means={label: {s.column: _mean(t, s) for s in SHOWN} for label, t in tables.items()},
    )


def check_rows(rows: Rows) -> None:
    """Refuse a table that the report cannot read.

    Raises:
        FormatError: Says what is missing.
    """
    if not rows:
        raise FormatError("the table has no clips: nothing to report")
    for row in rows:
        for column in ("clip_id", "fate", "seconds"):
            if row.get(column) is None:
                raise FormatError(f"a row has no {column}; expected clip_id, fate and seconds")
        if row["fate"] not in FATES:
            raise FormatError(f"{row['clip_id']}: fate is {row['fate']!r}, expected {FATES}")


def books(rows: Rows, gates: RetargetGates | None = None) -> list[dict[str, Any]]:
    """Clips and hours by fate and reason; the first line is all, and what follows adds up to it."""
    accounts: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        accounts.setdefault((row["fate"], reason_word(row, gates)), []).append(
            float(row["seconds"])
        )
    lines = [
        {"fate": fate, "reason": reason, "clips": len(seconds), "seconds": math.fsum(seconds)}
        for (fate, reason), seconds in accounts.items()
    ]
    lines.sort(key=lambda line: (FATES.index(line["fate"]), -line["seconds"], line["reason"]))
    total = math.fsum(float(row["seconds"]) for row in rows)
    return [{"fate": "all", "reason": "", "clips": len(rows), "seconds": total}, *lines]


def reason_word(row: Mapping[str, Any], gates: RetargetGates | None = None) -> str:
    """The measure that a clip was flagged or rejected for first; empty if it was accepted."""
    if row["fate"] == ACCEPTED:
        return ""
    if row.get("gate"):
        return str(row["gate"])
    if any(row.get(name) is None for name in BOUNDED):
        return "not retargeted"
    against = judge_retargeted(row, gates or RetargetGates())
    if fate_of(against) == row["fate"]:
        return against[0].gate
    # judged by other gates: the text begins with the measure
    word = str(row.get("reason") or "unknown").split()[0]
    return word if word in row else "odd source"


def badness(row: Mapping[str, Any], gates: RetargetGates) -> float:
    """How bad a clip is: its largest measure over what is accepted of it, after its fate."""
    rank = 1e6 * FATES.index(row["fate"])
    ratios = [0.0]
    bounds = bounds_of(gates)
    for name in (shown.column for shown in SHOWN if shown.column in bounds):
        value = row.get(name)
        if value is not None and math.isfinite(value):
            ratios.append(min(float(value) / max(bounds[name].accept, 1e-9), 1e5))
    return rank + max(ratios)


def common_clips(rows: Rows, other: Rows) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Rows of the clips that both tables have, in the order of the first."""
    by_id = {row["clip_id"]: row for row in other}
    return [(row, by_id[row["clip_id"]]) for row in rows if row["clip_id"] in by_id]


def ratio_row(shown: report_plots.Shown, pairs: Pairs) -> dict[str, Any]:
    """One measure of two tables over their common clips: means, ratio, and who wins how often.

    Ratios of clips are of clips where the other's value is not zero.
    """
    held = report_plots.both(pairs, shown).tolist()
    if not held:
        return {"shown": shown, "clips": 0, "first": None, "other": None, "ratio": None,
                "median": None, "better": 0, "worse": 0}  # fmt: skip
    first, other = (statistics.fmean(column) for column in zip(*held, strict=True))
    ratios = [a / b for a, b in held if b != 0.0]
    wins = sum(a < b for a, b in held), sum(a > b for a, b in held)
    better, worse = wins if shown.low_is_good else wins[::-1]
    return {
        "shown": shown,
        "clips": len(held),
        "first": first,
        "other": other,
        "ratio": first / other if other != 0.0 else None,
        "median": statistics.median(ratios) if ratios else None,
        "better": better,
        "worse": worse,
    }


def _worst(
    rows: Rows,
    load: Loader | None,
    labels: tuple[str, str],
    renderer: str,
    gates: RetargetGates,
) -> Iterable[dict[str, Any]]:
    for row in rows:
        frame = frame_of(reason_word(row, gates) or BOUNDED[0], row)
        picture, missing = "", ""
        if load is not None:
            try:
                picture = _picture(row, load, labels, renderer, frame)
            except (MotionError, OSError) as error:
                missing = f"no pictures: {error}"
                _log.warning("%s: %s", row["clip_id"], missing)
        yield {"row": row, "picture": picture, "missing": missing, "frame": frame}


def _picture(
    row: Mapping[str, Any], load: Loader, labels: tuple[str, str], renderer: str, frame: int | None
) -> str:
    found = load(str(row["clip_id"]))
    if found is None:
        return ""
    contact = _contact(found.robot)
    strip = [
        StripRow(label=found.human.robot.name, motion=found.human, contact=contact),
        StripRow(label=found.robot.robot.name, motion=found.robot, contact=contact),
    ]
    if found.other is not None:
        strip[1] = StripRow(label=labels[0], motion=found.robot, contact=contact)
        strip.append(StripRow(label=labels[1], motion=found.other, contact=_contact(found.other)))
    png = picture_strip(strip, worst=frame, renderer=renderer)
    return base64.b64encode(png).decode()


def _contact(motion: Motion) -> np.ndarray:
    if motion.foot_contact is None:
        return np.zeros((motion.num_frames, len(motion.robot.foot_bodies)), dtype=bool)
    return motion.foot_contact.numpy()


def _subtitle(rows: Rows) -> str:
    parts = []
    for column in ("source", "robot", "method"):
        found = sorted({str(row[column]) for row in rows if row.get(column)})
        if found:
            parts.append(f"{column} {', '.join(found[:4])}{' …' if len(found) > 4 else ''}")
    return " · ".join(parts)


def _doubts(rows: Rows) -> list[str]:
    """What the pair's proposal was not sure of, as the clips' notes have it."""
    notes = (note for row in rows for note in str(row.get("notes") or "").split("; "))
    return sorted({note for note in notes if note.startswith(UNSURE)})


def _mean(rows: Sequence[Mapping[str, Any]], shown: report_plots.Shown) -> float | None:
    values = report_plots.numbers(rows, shown)
    return float(values.mean()) if len(values) else None


def _number(value: float | None, digits: int = 2, scale: float = 1.0) -> str:
    return "–" if value is None or math.isnan(value) else f"{value * scale:,.{digits}f}"

"""Gates for human motions: thresholds on the measures, and what became of each clip."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from motionlib.corpus.row import ACCEPTED, REJECTED, ClipRow
from motionlib.errors import MotionError
from motionlib.stages.result import StageResult

MEASURES = (
    "below_ground_max",
    "sole_depth_max",
    "airborne_s_max",
    "floating_height",
    "root_speed_max",
    "body_speed_max",
    "dof_speed_max",
    "limit_excess_max",
    "self_penetration_max",
)
"""Measures with an upper bound; the output frame of the worst value stands in `<name>_frame`."""
UNREADABLE, INDEX, CONVERSION, NAN = "unreadable", "index", "conversion", "nan"
DUPLICATE = "duplicate"
_INDEX_REASONS = {
    "issue list": "issue_list",
    "two files with one id": "same_id",
    "names a file": "no_file",
    "already in": "listed_twice",
    "in no list": "unlisted",
    "not in the list": "unlisted",
}
"""Words of the index's own reasons to the page of the books that they stand on."""
_FRAME = re.compile(r"\bframe (\d+)")
_NOT_FINITE = re.compile(r"\b(nan|inf|infinity|not finite|non-finite)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanGates:
    """What a converted clip must meet; infinity switches an upper bound off."""

    min_seconds: float = 0.1
    """s from first to last frame; shorter ones show no movement (ProtoMotions' bound)."""
    min_frames: int = 10
    """Frames of the result; a sampler needs room between start and end (PHC's bound)."""
    below_ground_max: float = 0.05
    """m that a body origin may lie under the ground, which no origin can (ProtoMotions')."""
    sole_depth_max: float = 0.1
    """m that a sole's corner may lie under the ground: body origins are put on it, not soles, and a
    steeply pointed foot dips."""
    airborne_s_max: float = 1.0
    """s without anything near the ground; a jump of 1.2 m lasts as long (ProtoMotions')."""
    floating_height: float = 0.2
    """m, median height of the lowest body origin: half the clip higher than a step is floating."""
    root_speed_max: float = 15.0
    """m/s; the fastest sprinter reaches 12.3 (ProtoMotions' bound)."""
    body_speed_max: float = 30.0
    """m/s; the hand of a thrower reaches 25."""
    dof_speed_max: float = 40.0
    """rad/s; beyond it a marker was swapped, or an angle jumped by a turn (ProtoMotions')."""
    limit_excess_max: float = 0.001
    """rad beyond a joint limit; forgives the rounding of float32 at half a turn."""
    self_penetration_max: float = 0.1
    """m; deeper than a limb's radius its axis has passed through the other body."""
    duplicates: bool = True
    """Whether only the first of clips with equal content is kept, over all splits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One measure against its gate."""

    gate: str
    """Field of `HumanGates`, or what stopped the clip before there were measures."""
    passed: bool
    reason: str
    """For people; empty if it passed."""
    value: float | None = None
    threshold: float | None = None
    frame: int | None = None
    """Of the converted clip at its worst; of the source where the conversion failed."""


def judge(
    rows: Sequence[ClipRow], results: Sequence[StageResult], gates: HumanGates
) -> list[dict[str, object]]:
    """The clip table: one row a clip with its fate, in the order of the index.

    Args:
        rows: The index.
        results: Of the conversion, one a row in the same order.
        gates: The thresholds; nothing is converted again when they change.

    Returns:
        The columns of `ClipRow`, `fate` and `reason` judged and the index's remark in `note`; then
        `rejected_by value threshold frame` of the first reason, `key`, `cache_path`, and all
        measures, None where a clip has none. All rows have the same columns.

    Raises:
        MotionError: A gate has a finite bound, and what it bounds was not measured.
    """
    pairs = list(zip(rows, results, strict=True))
    against = [
        [verdict for verdict in verdicts_of(row, result, gates) if not verdict.passed]
        for row, result in pairs
    ]
    if gates.duplicates:
        accepted = [result for result, reasons in zip(results, against, strict=True) if not reasons]
        first_of = _first_of_each_content(accepted)
        for result, reasons in zip(results, against, strict=True):
            twin = first_of.get(result.measures.get("content_sha256"), result.clip_id)
            if not reasons and twin != result.clip_id:
                reason = f"same content as {twin}"
                reasons.append(Verdict(gate=DUPLICATE, passed=False, reason=reason))
    names = _measure_names(results)
    return [
        _table_row(row, result, reasons, names)
        for (row, result), reasons in zip(pairs, against, strict=True)
    ]


def verdicts_of(row: ClipRow, result: StageResult, gates: HumanGates) -> list[Verdict]:
    """Every gate's verdict on one clip; of one that never came to them, why."""
    if row.fate == REJECTED:
        return [Verdict(gate=_index_gate(row), passed=False, reason=row.reason)]
    if result.reason:
        gate = NAN if _NOT_FINITE.search(result.reason) else CONVERSION
        frame = _FRAME.search(result.reason)
        at = int(frame.group(1)) if frame else None
        return [Verdict(gate=gate, passed=False, reason=result.reason, frame=at)]
    return list(_measured(result.clip_id, result.measures, gates))


def _index_gate(row: ClipRow) -> str:
    for words, gate in _INDEX_REASONS.items():
        if words in row.reason:
            return gate
    return INDEX if row.frames else UNREADABLE


def _measured(clip_id: str, measures: Mapping[str, object], gates: HumanGates) -> Iterator[Verdict]:
    for name, unit in (("frames", "frames"), ("seconds", "s")):
        bound, value = getattr(gates, f"min_{name}"), _number(measures[name])
        text = "" if value >= bound else f"too short: {value:g} {unit}, at least {bound:g} asked"
        yield Verdict(
            gate=f"min_{name}", passed=not text, reason=text, value=value, threshold=float(bound)
        )
    for name in MEASURES:
        yield _upper(clip_id, name, measures, getattr(gates, name))


def _upper(clip_id: str, name: str, measures: Mapping[str, object], bound: float) -> Verdict:
    if (found := measures.get(name)) is None:
        if math.isfinite(bound):
            raise MotionError(
                f"{clip_id}: gate {name} is {bound:g}, but it was not measured; switch the measure "
                "on in the settings or make the gate .inf"
            )
        return Verdict(gate=name, passed=True, reason="", threshold=bound)
    value, at = _number(found), measures.get(f"{name}_frame")
    frame = None if at is None else int(_number(at))
    where = "" if frame is None else f" at frame {frame}"
    reason = ""
    if not math.isfinite(value):
        reason = f"{name} is {value}{where}"
    elif value > bound:
        reason = f"{name} {value:.4g} > {bound:.4g}{where}"
    return Verdict(
        gate=name, passed=not reason, reason=reason, value=value, threshold=bound, frame=frame
    )


def _first_of_each_content(accepted: Sequence[StageResult]) -> dict[object, str]:
    """Content to the first clip id that has it."""
    first: dict[object, str] = {}
    for result in sorted(accepted, key=lambda each: each.clip_id):
        if content := result.measures.get("content_sha256"):
            first.setdefault(content, result.clip_id)
    return first


def _measure_names(results: Sequence[StageResult]) -> list[str]:
    """All measures that occur, the judged ones first, each with its frame."""
    judged = [column for name in MEASURES for column in (name, f"{name}_frame")]
    others = sorted({name for result in results for name in result.measures} - set(judged))
    taken = {field.name for field in fields(ClipRow)}
    return [*judged, *(name for name in others if name not in taken)]


def _table_row(
    row: ClipRow, result: StageResult, against: Sequence[Verdict], names: Sequence[str]
) -> dict[str, object]:
    worst = against[0] if against else None
    return {
        **{field.name: getattr(row, field.name) for field in fields(ClipRow)},
        "fate": REJECTED if against else ACCEPTED,
        "reason": "; ".join(each.reason for each in against),
        "note": "" if row.fate == REJECTED else row.reason,
        "rejected_by": worst.gate if worst else "",
        "gate": worst.gate if worst else "",
        "value": worst.value if worst else None,
        "threshold": worst.threshold if worst else None,
        "frame": worst.frame if worst else None,
        "notes": "; ".join(
            (*((row.reason,) if row.reason and row.fate != REJECTED else ()), *result.notes)
        ),
        "key": result.key,
        "cache_path": result.cache_path,
        "output_frames": result.measures.get("frames"),
        "output_seconds": result.measures.get("seconds"),
        **{name: result.measures.get(name) for name in names},
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float(str(value))

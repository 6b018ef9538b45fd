"""Gates for human motions: bounds on the measures, and what became of each clip."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from motionlib.corpus.row import REJECTED as REJECTED_BY_INDEX
from motionlib.corpus.row import ClipRow
from motionlib.human.measure_table import HUMAN_MEASURES
from motionlib.measure import columns_of
from motionlib.plausibility_table import HUMAN_PLAUSIBILITIES
from motionlib.stages.result import StageResult
from motionlib.stages.verdicts import (
    ACCEPTED,
    REJECTED,
    Bound,
    Verdict,
    at_most,
    bounds_of,
    fate_columns,
    fate_of,
    judge_measures,
    worst_first,
)

INDEX, CONVERSION, DUPLICATE = "index", "conversion", "duplicate"
"""Gates of clips that never came to the measures, where nobody said more, and of copies."""
_OF_THE_INDEX = tuple(field.name for field in fields(ClipRow))
"""Columns that a row keeps; `asdict` copies each value, which takes long."""
_RENAMED = {"frames": "output_frames", "seconds": "output_seconds"}
"""Measures whose names are columns of the index already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanGates:
    """What a converted clip must meet: bounds on measures, in their units, and why they lie there.

    A number is both bounds at once; infinity switches a gate off.
    """

    min_seconds: float = 0.1
    """s from first to last frame; shorter ones show no movement (ProtoMotions' bound)."""
    min_frames: int = 10
    """Frames of the result; a sampler needs room between start and end (PHC's bound)."""
    below_ground_max: Bound = at_most(0.05)
    """No body origin can lie under the ground (ProtoMotions' bound)."""
    sole_depth_max: Bound = at_most(0.1)
    """Body origins are put on the ground, not soles, and a steeply pointed foot dips."""
    airborne_s_max: Bound = at_most(1.0)
    """A jump of 1.2 m lasts as long (ProtoMotions')."""
    hover_s_max: Bound = Bound(accept=1.0)
    """A jump of 1.2 m lasts as long; stairs and boxes that a clip does not show do, too."""
    floating_height: Bound = Bound(accept=0.1, reject=0.2)
    """Half the clip higher than a step is floating; no foot in a shoe is higher than 10 cm."""
    root_speed_max: Bound = at_most(15.0)
    """The fastest sprinter reaches 12.3 (ProtoMotions' bound)."""
    body_speed_max: Bound = at_most(30.0)
    """The hand of a thrower reaches 25."""
    dof_speed_max: Bound = at_most(40.0)
    """Beyond it a marker was swapped, or an angle jumped by a turn (ProtoMotions')."""
    limit_excess_max: Bound = at_most(0.001)
    """Forgives the rounding of float32 at half a turn."""
    self_penetration_max: Bound = at_most(0.1)
    """Deeper than a limb's radius its axis has passed through the other body."""
    height_shift: Bound = Bound(accept=0.3)
    """More than the difference between long and short legs: the floor was somewhere else."""
    accept_implausible: bool = False
    """Whether what cannot be true, such as poses in degrees, is flagged instead of rejected; the
    bounds are those of `motionlib/plausibility_table.py`."""
    duplicates: bool = True
    """Whether only the first of clips with equal content is kept, over all splits."""


def gates_from_plain(values: Mapping[str, Any]) -> HumanGates:
    """Gates that were written as plain values, `dataclasses.asdict` of them.

    Raises:
        TypeError: A name that is no gate.
        ValueError: A bound that cannot be.
    """
    bounds = bounds_of(HumanGates())
    read: dict[str, Any] = {name: _bound(x) if name in bounds else x for name, x in values.items()}
    return HumanGates(**read)


def judge(
    rows: Sequence[ClipRow], results: Sequence[StageResult], gates: HumanGates
) -> list[dict[str, object]]:
    """The clip table: one row a clip with its fate, in the order of the index.

    Args:
        rows: The index.
        results: Of the conversion, one a row in the same order.
        gates: The bounds; nothing is converted again when they change.

    Returns:
        The columns of `ClipRow`, `fate reason gate` judged; `value threshold frame` of the first
        reason; `notes`, the index's remark and the reader's; `key cache_path output_frames
        output_seconds`; and the columns of `HUMAN_MEASURES`, None where a clip has none.

    Raises:
        MotionError: A gate has a finite bound, and what it bounds was not measured.
    """
    pairs = list(zip(rows, results, strict=True))
    against = [worst_first(verdicts_of(row, result, gates)) for row, result in pairs]
    if gates.duplicates:
        against = _without_copies(results, against)
    return [
        _table_row(row, result, verdicts)
        for (row, result), verdicts in zip(pairs, against, strict=True)
    ]


def verdicts_of(row: ClipRow, result: StageResult, gates: HumanGates) -> list[Verdict]:
    """Every gate's verdict on one clip; of one that never came to them, why."""
    if row.fate == REJECTED_BY_INDEX:
        return [Verdict(gate=row.gate or INDEX, fate=REJECTED, reason=row.reason)]
    if result.reason:
        gate = result.gate or CONVERSION
        return [Verdict(gate=gate, fate=REJECTED, reason=result.reason, frame=result.frame)]
    measured = judge_measures(
        result.measures, bounds_of(gates), HUMAN_MEASURES, whose=result.clip_id
    )
    return [*_lengths(result.measures, gates), *_plausibility(result.measures, gates), *measured]


def _bound(plain: Any) -> Bound:
    return Bound(**plain) if isinstance(plain, Mapping) else at_most(float(plain))


def _lengths(measures: Mapping[str, object], gates: HumanGates) -> Iterator[Verdict]:
    for name, unit in (("frames", "frames"), ("seconds", "s")):
        bound, value = float(getattr(gates, f"min_{name}")), float(str(measures[name]))
        short = value < bound
        yield Verdict(
            gate=f"min_{name}",
            fate=REJECTED if short else ACCEPTED,
            reason=f"too short: {value:g} {unit}, at least {bound:g} asked" if short else "",
            value=value,
            threshold=bound,
        )


def _plausibility(measures: Mapping[str, object], gates: HumanGates) -> Iterator[Verdict]:
    """Before the gates: a unit that is wrong explains what they find."""
    bounds = {
        each.measure.name: Bound(accept=each.doubtful)
        if gates.accept_implausible
        else Bound(accept=each.doubtful, reject=each.impossible)
        for each in HUMAN_PLAUSIBILITIES
        if each.measure.name in measures
    }
    yield from judge_measures(measures, bounds, HUMAN_MEASURES)


def _without_copies(
    results: Sequence[StageResult], against: Sequence[list[Verdict]]
) -> list[list[Verdict]]:
    """The verdicts, with one more against each kept clip whose content an earlier id has."""
    kept = {
        result.clip_id: result.measures.get("content_sha256")
        for result, verdicts in zip(results, against, strict=True)
        if fate_of(verdicts) != REJECTED
    }
    first: dict[object, str] = {}
    for clip_id in sorted(kept):
        first.setdefault(kept[clip_id], clip_id)
    judged = []
    for result, verdicts in zip(results, against, strict=True):
        content = kept.get(result.clip_id)
        twin = first[content] if content else result.clip_id
        copy = Verdict(gate=DUPLICATE, fate=REJECTED, reason=f"same content as {twin}")
        judged.append(verdicts if twin == result.clip_id else worst_first([*verdicts, copy]))
    return judged


def _table_row(row: ClipRow, result: StageResult, against: Sequence[Verdict]) -> dict[str, object]:
    remark = "" if row.fate == REJECTED_BY_INDEX else row.reason
    columns = [name for name in columns_of(HUMAN_MEASURES) if name not in _RENAMED]
    return {
        **{name: getattr(row, name) for name in _OF_THE_INDEX},
        **fate_columns(against),
        "notes": "; ".join(filter(None, (remark, *result.notes))),
        "key": result.key,
        "cache_path": result.cache_path,
        **{column: result.measures.get(name) for name, column in _RENAMED.items()},
        **{name: result.measures.get(name) for name in columns},
    }

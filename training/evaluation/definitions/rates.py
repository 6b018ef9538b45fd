"""Success of a controller under every definition, each with the error that its project reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from training.evaluation.column import aliases_of
from training.evaluation.definitions.successes import SCALED, SUCCESSES
from training.evaluation.definitions.told import BEFORE

OURS = "ours"
_PERCENT = "percentage"
READINGS = (
    "Errors are of the whole motion: after a failure the body where it lies counts to the end. "
    "Beside them stands what they were over the frames before the first failure only, which "
    "flatters whoever falls early."
)
"""What counts after a failure, wherever numbers meet a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Success under one definition, and an error in three readings, means over motions."""

    name: str
    title: str
    rule: str
    """What fails a motion at any instant."""
    source: str
    counts: str
    """What its project averages after a failure."""
    share: float | None
    """Part of the motions that were judged."""
    share_scaled: float | None
    """Lengths in proportion to the robot's standing height."""
    error: str
    """Column of the error that its project reports."""
    unit: str
    whole: float | None
    before: float | None
    """Over the frames before the first failure, ours."""
    succeeded: float | None
    """Over the whole of motions that succeeded under this definition."""


def success_rates(table: pa.Table, *, rule: str = "") -> list[Rate]:
    """Ours first, then all others; none of a table without them.

    Args:
        table: One controller's rows.
        rule: Of ours, in words.
    """
    if SUCCESSES[0].column not in table.column_names:
        return []
    names = {"success", *(f"{s.column}{end}" for s in SUCCESSES for end in ("", SCALED))}
    errors = {"body_pos_error_mean", *(s.error for s in SUCCESSES)} & {*table.column_names}
    errors |= {f"{name}{BEFORE}" for name in errors} & {*table.column_names}
    data = {name: table.column(name).to_pylist() for name in names | errors}
    units = {name: (table.schema.field(name).metadata or {}) for name in errors}

    def rate(column: str, error: str, **told: str) -> Rate:
        verdicts = data[column]
        won = [value for value, good in zip(data.get(error, ()), verdicts, strict=False) if good]
        return Rate(
            share=_mean(verdicts),
            share_scaled=_mean(data.get(f"{column}{SCALED}", ())),
            error=error,
            unit=units.get(error, {}).get(b"unit", b"").decode(),
            whole=_mean(data.get(error, ())),
            before=_mean(data.get(f"{error}{BEFORE}", ())),
            succeeded=_mean(won),
            **told,
        )

    ours = rate(
        "success",
        "body_pos_error_mean",
        name=OURS,
        title="ours (the headline)",
        rule=rule,
        source="",
        counts=READINGS,
    )
    return [
        ours,
        *(
            rate(
                each.column,
                each.error,
                name=each.name,
                title=each.title,
                rule=each.said,
                source=each.source,
                counts=each.counts,
            )
            for each in SUCCESSES
        ),
    ]


def guide_values(table: pa.Table, aggregated: Mapping[str, Any]) -> dict[str, float | None]:
    """Numbers under the names by which guides know them: `Eval/gt_err`, `eval/pose_error`, ...

    `eval/success_rate` is of ours, the headline; names that end in `/max` are of the worst motion;
    percentages are of a hundred.

    Args:
        table: One controller's rows; its columns say their aliases.
        aggregated: `tables.aggregate` of it.
    """
    found: dict[str, float | None] = {}
    for field in table.schema:
        for alias in aliases_of(field):
            if field.name == "success":
                found[alias] = aggregated["success_rate"]
                continue
            spread = aggregated["measures"][field.name]
            value = spread["max" if alias.endswith("/max") else "mean"]
            found[alias] = 100.0 * value if value is not None and _PERCENT in alias else value
    return found


def _mean(values: Sequence[float | bool | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None

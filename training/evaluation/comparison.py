"""A policy against its baselines, motion by motion, and the bounds that it has to keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import pyarrow as pa

from motionlib.errors import nearest_names
from training.evaluation.controllers import OPEN_LOOP, POLICY, ZERO_ACTION
from training.evaluation.verifications import VERIFICATIONS, AcceptBounds

GLOBAL = "body_pos_error_mean"
RELATIVE = "body_pos_error_relative_mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One bound held against all motions."""

    key: str
    """What programs find it by."""
    name: str
    """What people call it."""
    passed: bool
    limit: str
    found: str
    """Worst value and the motion that it belongs to."""
    asked: bool = True
    """Whether there is a limit; without one the row only says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was judged of one motion under the policy."""

    motion_name: str
    success: bool | None
    """Neither fell nor lost its reference; None for a motion too short to be judged."""
    failure_cause: str | None
    survived: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionComparison(Judged):
    """One motion under the policy and both baselines; errors in m, ratios policy ÷ zero action."""

    moving: bool
    global_error: float | None
    relative_error: float | None
    global_ratio: float | None
    """Ratio to zero action's error; None where either is missing or zero action's is zero."""
    relative_ratio: float | None
    zero_action_survived: bool | None
    open_loop_survived: bool | None
    open_loop_global_error: float | None
    open_loop_relative_error: float | None
    open_loop_beaten: bool | None
    """Open loop fell and the policy did not, or both stayed up and the policy has both smaller
    errors."""


def compare_to_baselines(table: pa.Table) -> list[MotionComparison]:
    """Compare controllers motion by motion.

    Args:
        table: Per-motion rows of all three controllers, concatenated (see
            `tables.concatenate_tables`).

    Raises:
        ValueError: The controllers did not run the same motions.
    """
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["controller"], {})[row["case"]] = row
    missing = [name for name in (POLICY, ZERO_ACTION, OPEN_LOOP) if name not in rows]
    if missing:
        raise ValueError(f"the table has no rows of {', '.join(missing)}; run with baselines")
    policy, zero, blind = rows[POLICY], rows[ZERO_ACTION], rows[OPEN_LOOP]
    odd = sorted((policy.keys() ^ zero.keys()) | (policy.keys() ^ blind.keys()))
    if odd:
        raise ValueError(f"controllers ran different motions: {odd[:5]}")
    return [_compare(policy[name], zero[name], blind[name]) for name in policy]


def verify(
    comparisons: Sequence[MotionComparison], bounds: AcceptBounds | None = None
) -> list[Verification]:
    """Hold bounds against every motion; a value that is missing fails its bound.

    Success and survival are the rates of `tables.aggregate`, of the motions that could be judged.
    Beating open loop is asked of moving motions: holding a still reference is what an open loop
    does perfectly.
    """
    bounds = bounds or AcceptBounds()
    moving = [c for c in comparisons if c.moving]
    standing = [c for c in comparisons if c.moving is False]
    unbeaten = [c.motion_name for c in moving if not c.open_loop_beaten]
    return [
        *_verify_rates(comparisons, bounds),
        _at_most("relative_error", moving, "relative_ratio", bounds.relative_ratio),
        _at_most("global_error", moving, "global_ratio", bounds.global_ratio),
        _at_most("standing_global", standing, "global_error", bounds.standing_global),
        _at_most("standing_relative", standing, "relative_error", bounds.standing_relative),
        _all_hold("open_loop_beaten", unbeaten, len(moving), said="not"),
    ]


def verify_alone(table: pa.Table, bounds: AcceptBounds) -> list[Verification]:
    """Hold the policy's table against what needs no baselines: success and survival."""
    names = ("success", "failure_cause", "survived")
    rows = table.to_pylist()
    judged = [Judged(motion_name=row["case"], **{n: row[n] for n in names}) for row in rows]
    return _verify_rates(judged, bounds)


def verify_accept(aggregated: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Verification]:
    """Hold an experiment's own bounds against the policy's aggregate.

    Args:
        aggregated: `tables.aggregate` of the policy; a measure means its mean over motions.
        metadata: Of the evaluation; `accept` has `metric`, `minimum` and `maximum`.

    Raises:
        ValueError: A metric that the aggregate does not have; names the nearest.
    """
    rates = {name: aggregated[name] for name in ("success_rate", "survival_rate")}
    known = rates | {name: spread["mean"] for name, spread in aggregated["measures"].items()}
    found = []
    for bound in metadata.get("accept", ()):
        metric, low, high = bound["metric"], float(bound["minimum"]), float(bound["maximum"])
        if metric not in known:
            raise ValueError(f"accept: unknown metric {metric!r}; {nearest_names(metric, known)}")
        value = known[metric]
        found.append(
            Verification(
                key=f"experiment_{metric}",
                name=f"experiment: {metric.replace('_', ' ')}",
                passed=value is not None and low <= value <= high,
                limit=_interval(low, high),
                found="unknown" if value is None else f"{value:.4g}",
            )
        )
    return found


def _interval(low: float, high: float) -> str:
    parts = [f"≥ {low:g}"] if low > -inf else []
    return " and ".join([*parts, *([f"≤ {high:g}"] if high < inf else [])]) or "any"


def _compare(
    policy: Mapping[str, Any], zero: Mapping[str, Any], blind: Mapping[str, Any]
) -> MotionComparison:
    return MotionComparison(
        motion_name=policy["case"],
        moving=policy["moving"],
        success=policy["success"],
        failure_cause=policy["failure_cause"],
        survived=policy["survived"],
        global_error=policy[GLOBAL],
        relative_error=policy[RELATIVE],
        global_ratio=_ratio(policy[GLOBAL], zero[GLOBAL]),
        relative_ratio=_ratio(policy[RELATIVE], zero[RELATIVE]),
        zero_action_survived=zero["survived"],
        open_loop_survived=blind["survived"],
        open_loop_global_error=blind[GLOBAL],
        open_loop_relative_error=blind[RELATIVE],
        open_loop_beaten=_beaten(policy, blind),
    )


def _ratio(value: float | None, base: float | None) -> float | None:
    return None if value is None or not base else value / base


def _beaten(policy: Mapping[str, Any], blind: Mapping[str, Any]) -> bool | None:
    if policy["survived"] is None or blind["survived"] is None:
        return None
    if policy["survived"] != blind["survived"]:
        return policy["survived"]
    return policy["survived"] and all(policy[name] < blind[name] for name in (GLOBAL, RELATIVE))


def _verify_rates(motions: Sequence[Judged], bounds: AcceptBounds) -> list[Verification]:
    fallen = [m.motion_name for m in motions if m.survived is False]
    unknown = [m.motion_name for m in motions if m.survived is None]
    return [
        _succeed(motions, bounds.success_rate),
        _all_hold("survival", fallen, len(motions), said="fell on", unknown=unknown),
    ]


def _succeed(motions: Sequence[Judged], least: float) -> Verification:
    judged = [c for c in motions if c.success is not None]
    failed = [c for c in judged if not c.success]
    rate = (len(judged) - len(failed)) / len(judged) if judged else None
    found = "none judged"
    if rate is not None:
        found = f"{100 * rate:.1f} %, {len(judged) - len(failed)} of {len(judged)}"
    for cause in sorted({c.failure_cause or "failed" for c in failed}):
        names = [c.motion_name for c in failed if (c.failure_cause or "failed") == cause]
        found += f"; {cause.replace('_', ' ')} on {_first(names)}"
    return Verification(
        key="success",
        name=VERIFICATIONS["success"],
        passed=least == 0 or (rate is not None and rate >= least),
        limit=f"≥ {100 * least:g} %" if least else "none asked",
        found=found,
        asked=least > 0,
    )


def _first(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _all_hold(
    key: str, broken: Sequence[str], count: int, *, said: str, unknown: Sequence[str] = ()
) -> Verification:
    found = f"{count - len(broken) - len(unknown)} of {count}"
    if broken:
        found += f"; {said} {_first(broken)}"
    if unknown:
        found += f"; not judged: {_first(unknown)}"
    return Verification(
        key=key,
        name=VERIFICATIONS[key],
        passed=not broken and not unknown,
        limit=f"{count} of {count}",
        found=found,
    )


def _at_most(
    key: str, comparisons: Sequence[MotionComparison], field: str, limit: float
) -> Verification:
    values = [(getattr(c, field), c.motion_name) for c in comparisons]
    unknown = [motion for value, motion in values if value is None]
    known = [pair for pair in values if pair[0] is not None]
    found = f"{max(known)[0]:.3g} on {max(known)[1]}" if known else "no such motion"
    if unknown:
        found += f"; unknown on {_first(unknown)}"
    within = not unknown and all(value <= limit for value, _ in known)
    return Verification(
        key=key, name=VERIFICATIONS[key], passed=within, limit=f"≤ {limit:g}", found=found
    )

"""The evaluation report: one HTML file that needs neither network nor other files."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from motionlib.files import write_text
from training.evaluation import plots
from training.evaluation.comparison import (
    MotionComparison,
    Verification,
    compare_to_baselines,
    verify,
    verify_accept,
    verify_alone,
)
from training.evaluation.controllers import CONTROLLERS, POLICY
from training.evaluation.definitions.rates import READINGS
from training.evaluation.definitions.successes import SUCCESSES
from training.evaluation.pages import page
from training.evaluation.plots import Curve
from training.evaluation.sections import (
    column_rows,
    definition_rows,
    error_rows,
    motions_without_numbers,
)
from training.evaluation.store import Evaluation, evaluation_paths, load_evaluation
from training.evaluation.tables import aggregate, concatenate_tables
from training.evaluation.verifications import SUCCESS, SURVIVAL, bounds_in, failure_rules
from training.progress import read_progress

_TEMPLATE = "report.html.j2"
_CENTIMETRES, _DEGREES = 100.0, 180.0 / math.pi
_CURVES = (
    Curve(key="score/global_error_m", title="global body error (cm)", scale=_CENTIMETRES),
    Curve(key="score/relative_error_m", title="root-relative body error (cm)", scale=_CENTIMETRES),
    Curve(key="score/survived", title="motions survived (%)", scale=100.0),
    Curve(key="train/reward", title="reward per step, training"),
    Curve(key="train/episode_steps", title="episode length, training (steps)"),
    Curve(key="sampling_entropy", title="entropy of sampling"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One measure as people read it."""

    column: str
    label: str
    scale: float
    digits: int


_SHOWN = (
    Shown(column="body_pos_error_mean", label="global mean, cm", scale=_CENTIMETRES, digits=2),
    Shown(column="body_pos_error_max", label="global max, cm", scale=_CENTIMETRES, digits=2),
    Shown(
        column="body_pos_error_relative_mean",
        label="relative mean, cm",
        scale=_CENTIMETRES,
        digits=2,
    ),
    Shown(
        column="body_pos_error_relative_max", label="relative max, cm", scale=_CENTIMETRES, digits=2
    ),
    Shown(
        column="body_pos_error_mean_before_failure",
        label="global before failure, cm",
        scale=_CENTIMETRES,
        digits=2,
    ),
    Shown(
        column="body_pos_error_relative_mean_before_failure",
        label="relative before failure, cm",
        scale=_CENTIMETRES,
        digits=2,
    ),
    Shown(column="root_pos_error_mean", label="root, cm", scale=_CENTIMETRES, digits=2),
    Shown(column="root_rot_error_mean", label="root, °", scale=_DEGREES, digits=1),
    Shown(column="body_rot_error_mean", label="bodies, °", scale=_DEGREES, digits=1),
    Shown(column="joint_error_mean", label="joints, rad", scale=1.0, digits=3),
    Shown(column="body_lin_vel_error_mean", label="body speed, m/s", scale=1.0, digits=3),
    Shown(column="body_ang_vel_error_mean", label="body spin, rad/s", scale=1.0, digits=2),
    Shown(column="dof_vel_error_mean", label="joint speed, rad/s", scale=1.0, digits=2),
    Shown(column="contact_accuracy", label="contacts, %", scale=100.0, digits=1),
    Shown(column="normalized_jerk", label="norm. jerk", scale=1.0, digits=1),
    Shown(column="high_jerk_share", label="jerky, %", scale=100.0, digits=1),
    Shown(column="action_rate", label="target rate, rad/s", scale=1.0, digits=2),
    Shown(column="body_lin_acc_error_mean", label="acceleration, m/s²", scale=1.0, digits=1),
    Shown(column="foot_slide_mean", label="foot slide, cm/s", scale=_CENTIMETRES, digits=1),
    Shown(column="late_touchdown_share", label="late touch-downs, %", scale=100.0, digits=0),
    Shown(column="power_mean", label="power, W", scale=1.0, digits=1),
)
"""Those of them that a table has are shown."""
_OF_EVERY_MOTION = (
    "body_pos_error_relative_mean_before_failure",
    "root_pos_error_mean",
    "body_rot_error_mean",
    "dof_vel_error_mean",
    "normalized_jerk",
    "high_jerk_share",
    "body_lin_acc_error_mean",
    "power_mean",
)
"""Shown of motions, not of the comparison of controllers."""
_BOLD = {each.name: each.reading for each in SUCCESSES}
"""Definition to the reading of errors that its project uses."""


def render_report(
    folder: Path,
    *,
    progress_log: Path | None = None,
    title: str = "Full evaluation",
    worst: int = 6,
) -> Path:
    """Write `report.html` into an evaluation's folder, from the files in it.

    Args:
        folder: What `store.save_evaluation` wrote.
        progress_log: A training run's `progress.jsonl`; adds its learning curve.
        title: Heading.
        worst: Motions whose error over time is drawn.

    Returns:
        Path of the report.
    """
    evaluation = load_evaluation(folder)
    progress = read_progress(progress_log) if progress_log is not None else []
    path = evaluation_paths(folder).report
    write_text(path, report_html(evaluation, progress=progress, title=title, worst=worst))
    return path


def report_html(
    evaluation: Evaluation,
    *,
    progress: Sequence[Mapping[str, Any]] = (),
    title: str = "Full evaluation",
    worst: int = 6,
) -> str:
    """The report as text; see `render_report`."""
    tables = evaluation.tables
    main = POLICY if POLICY in tables else next(iter(tables))
    comparisons = _comparisons(tables)
    bounds = _bounds(evaluation, main, comparisons)
    asked = [bound for bound in bounds if bound.asked]
    table, rules = tables[main], failure_rules(evaluation.metadata)
    summaries = {name: aggregate(each) for name, each in tables.items()}
    shown = [each for each in _SHOWN if each.column in table.column_names]
    return page(
        _TEMPLATE,
        title=title,
        metadata=evaluation.metadata,
        main=main,
        labels=plots.LABELS,
        colors=plots.COLORS,
        shown=shown,
        compared=[each for each in shown if each.column not in _OF_EVERY_MOTION],
        summaries=summaries,
        definitions=definition_rows(tables, main, rule=rules),
        bold=_BOLD,
        readings=READINGS,
        errors=error_rows(table, summaries[main]),
        without_numbers=motions_without_numbers(table),
        comparisons=comparisons,
        bounds=bounds,
        asked=len(asked),
        kept=sum(bound.passed for bound in asked),
        meanings={"success": SUCCESS, "survival": SURVIVAL},
        rules=rules,
        titles=evaluation.metadata.get("titles", {}),
        bars=plots.error_bars(tables),
        distribution=plots.error_distribution(tables),
        curve=_learning_curve(progress),
        trained=max((record["step"] for record in progress), default=None),
        worst=_worst(evaluation, main, worst),
        rows=table.to_pylist(),
        columns=column_rows(table),
    )


def _comparisons(tables: Mapping[str, pa.Table]) -> list[MotionComparison]:
    if set(tables) != set(CONTROLLERS):
        return []
    return compare_to_baselines(concatenate_tables(list(tables.values())))


def _bounds(
    evaluation: Evaluation, main: str, comparisons: Sequence[MotionComparison]
) -> list[Verification]:
    accepted = verify_accept(aggregate(evaluation.tables[main]), evaluation.metadata)
    bounds = bounds_in(evaluation.metadata)
    if comparisons:
        return [*verify(comparisons, bounds), *accepted]
    alone = verify_alone(evaluation.tables[POLICY], bounds) if main == POLICY else []
    return [*alone, *accepted]


def _learning_curve(progress: Sequence[Mapping[str, Any]]) -> str:
    keys = {key for record in progress for key, value in record.items() if value is not None}
    curves = [curve for curve in _CURVES if curve.key in keys]
    return plots.learning_curve(progress, curves) if curves else ""


def _worst(evaluation: Evaluation, main: str, count: int) -> list[dict[str, Any]]:
    tables = evaluation.tables
    by_motion: dict[str, dict[str, dict[str, Any]]] = {}
    for name, table in tables.items():
        for row in table.to_pylist():
            by_motion.setdefault(row["case"], {})[name] = row
    lost = evaluation.metadata.get("thresholds", {}).get("tracking_lost")
    found = []
    for motion in plots.worst_motions(tables[main], count):
        rows = by_motion[motion]
        failures = {n: r["failure_s"] for n, r in rows.items() if r["failure_s"] is not None}
        series = evaluation.series.get(motion, {})
        plot = plots.motion_over_time(series, failures_s=failures, lost_m=lost) if series else ""
        found.append({"row": rows[main], "plot": plot})
    return found

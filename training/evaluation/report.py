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
from training.evaluation.pages import page
from training.evaluation.plots import Curve
from training.evaluation.store import Evaluation, evaluation_paths, load_evaluation
from training.evaluation.tables import COLUMNS, aggregate, concatenate_tables
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
    Shown(column="root_pos_error_mean", label="root, cm", scale=_CENTIMETRES, digits=2),
    Shown(column="root_rot_error_mean", label="root, °", scale=_DEGREES, digits=1),
    Shown(column="body_rot_error_mean", label="bodies, °", scale=_DEGREES, digits=1),
    Shown(column="joint_error_mean", label="joints, rad", scale=1.0, digits=3),
    Shown(column="body_lin_vel_error_mean", label="body speed, m/s", scale=1.0, digits=3),
    Shown(column="body_ang_vel_error_mean", label="body spin, rad/s", scale=1.0, digits=2),
    Shown(column="dof_vel_error_mean", label="joint speed, rad/s", scale=1.0, digits=2),
    Shown(column="contact_accuracy", label="contacts, %", scale=100.0, digits=1),
    Shown(column="normalized_jerk", label="norm. jerk", scale=1.0, digits=1),
    Shown(column="action_rate", label="target rate, rad/s", scale=1.0, digits=2),
)


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
    return page(
        _TEMPLATE,
        title=title,
        metadata=evaluation.metadata,
        main=main,
        labels=plots.LABELS,
        colors=plots.COLORS,
        shown=_SHOWN,
        summaries={name: aggregate(table) for name, table in tables.items()},
        comparisons=comparisons,
        bounds=bounds,
        asked=len(asked),
        kept=sum(bound.passed for bound in asked),
        meanings={"success": SUCCESS, "survival": SURVIVAL},
        rules=failure_rules(evaluation.metadata),
        titles=evaluation.metadata.get("titles", {}),
        bars=plots.error_bars(tables),
        distribution=plots.error_distribution(tables),
        curve=_learning_curve(progress),
        trained=max((record["step"] for record in progress), default=None),
        worst=_worst(evaluation, main, worst),
        rows=tables[main].to_pylist(),
        columns=COLUMNS,
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

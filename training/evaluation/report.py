"""The evaluation report: one HTML file that needs neither network nor other files."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa

from motionlib.files import write_text
from training.evaluation import plots
from training.evaluation.comparison import compare_to_baselines, verify
from training.evaluation.controllers import CONTROLLERS, POLICY
from training.evaluation.store import Evaluation, evaluation_paths, load_evaluation
from training.evaluation.tables import COLUMNS, aggregate, concatenate_tables

_TEMPLATE = "report.html.j2"
_CENTIMETRES, _DEGREES = 100.0, 180.0 / math.pi
_CURVES = {
    "reward": "reward per step",
    "mean_episode_reward": "episode reward",
    "episode_reward": "episode reward",
    "episode_length_s": "episode length (s)",
    "mean_episode_length": "episode length (steps)",
    "episode_length": "episode length (steps)",
    "metric/error_body_pos": "body error, training (m)",
    "metric/error_anchor_pos": "anchor error, training (m)",
    "metric/error_joint_pos": "joint error, training (rad, L2)",
    "sampling_entropy": "sampling entropy",
}
_MOST_CURVES = 6


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
    progress: Sequence[Mapping[str, float]] = (),
    title: str = "Full evaluation",
    worst: int = 6,
) -> str:
    """The report as text; see `render_report`."""
    tables = evaluation.tables
    main = POLICY if POLICY in tables else next(iter(tables))
    loader = jinja2.PackageLoader("training.evaluation", "")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = _number
    comparisons = _comparisons(tables)
    return environment.get_template(_TEMPLATE).render(
        title=title,
        metadata=evaluation.metadata,
        main=main,
        labels=plots.LABELS,
        colors=plots.COLORS,
        shown=_SHOWN,
        summaries={name: aggregate(table) for name, table in tables.items()},
        comparisons=comparisons,
        bounds=verify(comparisons) if comparisons else [],
        bars=plots.error_bars(tables),
        distribution=plots.error_distribution(tables),
        curve=_learning_curve(progress),
        trained=max((line["env_steps"] for line in progress), default=None),
        worst=_worst(evaluation, main, worst),
        rows=tables[main].to_pylist(),
        columns=COLUMNS,
    )


def read_progress(path: Path) -> list[dict[str, float]]:
    """Lines of a progress log that have `env_steps`; a last line cut short is left out.

    A line of an earlier attempt that a resumed run trained again is superseded by the later one.
    """
    if not path.exists():
        return []
    lines: list[dict[str, float]] = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if not isinstance(line, dict) or "env_steps" not in line:
            continue
        while lines and lines[-1]["env_steps"] >= line["env_steps"]:
            lines.pop()
        lines.append({k: v for k, v in line.items() if isinstance(v, int | float)})
    return lines


def _comparisons(tables: Mapping[str, pa.Table]) -> list:
    if set(tables) != set(CONTROLLERS):
        return []
    return compare_to_baselines(concatenate_tables(list(tables.values())))


def _learning_curve(progress: Sequence[Mapping[str, float]]) -> str:
    keys = {key for line in progress for key in line}
    measures: dict[str, str] = {}
    for key, name in _CURVES.items():
        if key in keys and name not in measures.values() and len(measures) < _MOST_CURVES:
            measures[key] = name
    return plots.learning_curve(progress, measures) if measures else ""


def _worst(evaluation: Evaluation, main: str, count: int) -> list[dict[str, Any]]:
    tables = evaluation.tables
    by_motion: dict[str, dict[str, dict[str, Any]]] = {}
    for name, table in tables.items():
        for row in table.to_pylist():
            by_motion.setdefault(row["motion_name"], {})[name] = row
    lost = evaluation.metadata.get("thresholds", {}).get("tracking_lost")
    found = []
    for motion in plots.worst_motions(tables[main], count):
        rows = by_motion[motion]
        failures = {n: r["failure_s"] for n, r in rows.items() if r["failure_s"] is not None}
        series = evaluation.series.get(motion, {})
        plot = plots.motion_over_time(series, failures_s=failures, lost_m=lost) if series else ""
        found.append({"row": rows[main], "plot": plot})
    return found


def _number(value: float | None, digits: int = 2, scale: float = 1.0) -> str:
    return "–" if value is None else f"{value * scale:,.{digits}f}"

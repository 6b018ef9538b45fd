"""Evaluations beside each other: trainings by splits, every motion in one row, in one HTML file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from training.evaluation import plots
from training.evaluation.comparison import GLOBAL, RELATIVE
from training.evaluation.controllers import POLICY
from training.evaluation.definitions.rates import READINGS
from training.evaluation.definitions.successes import SUCCESSES
from training.evaluation.definitions.told import BEFORE
from training.evaluation.pages import page
from training.evaluation.store import Evaluation
from training.evaluation.tables import aggregate
from training.evaluation.verifications import SUCCESS, SURVIVAL, failure_rules

_TEMPLATE = "summary.html.j2"
_TOLD = ("robot", "simulator", "velocity_rule", "fps", "code_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One policy on one split."""

    training: str
    """Name of the training; empty where there is one only."""
    split: str
    trained_on: bool
    """Whether it is the split that the policy was trained on."""
    evaluation: Evaluation
    page: str = ""
    """Its own report, relative to the summary."""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.training}, {self.split}" if self.training else self.split


def summary_html(entries: Sequence[Entry], *, title: str) -> str:
    """One page: verdict of every entry and controller, distributions, every motion.

    Splits are never averaged together.

    Args:
        entries: One or more.
        title: Heading.
    """
    first = entries[0].evaluation.metadata
    splits = dict.fromkeys(entry.split for entry in entries)
    return page(
        _TEMPLATE,
        title=title,
        meanings={"success": SUCCESS, "survival": SURVIVAL},
        readings=READINGS,
        definitions=SUCCESSES,
        rules=failure_rules(first),
        told={name: first[name] for name in _TOLD if name in first},
        verdicts=[_verdict(entry, name) for entry in entries for name in entry.evaluation.tables],
        distributions={
            split: plots.error_distribution(
                _tables([entry for entry in entries if entry.split == split])
            )
            for split in splits
        },
        trainings=list(dict.fromkeys(entry.training for entry in entries)),
        rows=motion_rows(entries),
    )


def motion_rows(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """One row a motion and split: its title, and of every training its verdict, its cause of failure, its errors.

    A motion that a training was not evaluated on has nulls there.
    """
    names = list(dict.fromkeys(entry.training for entry in entries))
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    titles: dict[str, str] = {}
    for entry in entries:
        for row in _policy(entry).to_pylist():
            found.setdefault((entry.split, row["case"]), {})[entry.training] = row
        titles |= entry.evaluation.metadata.get("titles", {})
    rows = []
    for (split, motion), by_training in found.items():
        title = titles.get(motion, motion)
        told: dict[str, Any] = {"motion_name": motion, "title": title, "split": split}
        for name in names:
            row, prefix = by_training.get(name, {}), f"{name} " if name else ""
            told |= {
                f"{prefix}success": row.get("success"),
                f"{prefix}failure_cause": row.get("failure_cause"),
                f"{prefix}global_error_m": row.get(GLOBAL),
                f"{prefix}relative_error_m": row.get(RELATIVE),
            }
        rows.append(told)
    return rows


def _tables(entries: Sequence[Entry]) -> dict[str, pa.Table]:
    """The baselines, which are the same for all, and each policy under the training's name."""
    others = {n: t for n, t in entries[0].evaluation.tables.items() if n != POLICY}
    return {**{entry.training or POLICY: _policy(entry) for entry in entries}, **others}


def _policy(entry: Entry) -> pa.Table:
    return entry.evaluation.tables[POLICY]


def _verdict(entry: Entry, controller: str) -> dict[str, Any]:
    part = aggregate(entry.evaluation.tables[controller])
    mean = {name: spread["mean"] for name, spread in part["measures"].items()}
    return {
        "entry": entry,
        "controller": plots.LABELS[controller],
        "motions": part["motions"],
        "seconds": part["evaluated_seconds"],
        "success": part["success_rate"],
        "survival": part["survival_rate"],
        "global": mean.get(GLOBAL),
        "relative": mean.get(RELATIVE),
        "joints": mean.get("joint_error_mean"),
        "global_before": mean.get(f"{GLOBAL}{BEFORE}"),
        "relative_before": mean.get(f"{RELATIVE}{BEFORE}"),
        "definitions": part["definitions"],
    }

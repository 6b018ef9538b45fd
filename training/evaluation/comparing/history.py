"""The evaluations of one training over its checkpoints, a row each, in the order of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motionlib.errors import FormatError, nearest_names
from training.evaluation.comparing.finding import TABLE
from training.evaluation.evaluations_file import read_evaluations
from training.evaluation.tables import aggregate, load_table, metadata_of
from training.progress import read_progress
from training.runs import RunFolder

_STEPS = "steps"
_CHOSEN = (
    "success_rate", "survival_rate", "body_pos_error_mean", "body_pos_error_relative_mean",
    "global_error_m", "relative_error_m", "survived",
)  # fmt: skip
"""Columns that are shown where nobody chose any, those that there are."""
_FEW = 6
_SCORE = "score/"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a policy fared as it learned."""

    folder: Path
    source: str
    """What the rows were read from, for people."""
    rows: Sequence[Mapping[str, Any]]
    """Each has `steps` (environment steps); a score that is missing is None."""
    scores: Sequence[str]
    """Columns that are numbers and can be drawn."""

    def chosen(self, columns: Sequence[str] = ()) -> list[str]:
        """The columns to show: those asked for, else the usual ones, else the first.

        Raises:
            FormatError: One of them is not there; names the nearest.
        """
        for name in columns:
            if name not in self.scores:
                raise FormatError(
                    f"{self.folder}: its evaluations have no {name!r}; "
                    f"{nearest_names(name, self.scores)}"
                )
        usual = [name for name in _CHOSEN if name in self.scores]
        return list(columns) or usual or list(self.scores)[:_FEW]

    def curves(self, columns: Sequence[str]) -> dict[str, dict[str, list[tuple[float, float]]]]:
        """Column to library to points (steps, value): another library is another line."""
        found: dict[str, dict[str, list[tuple[float, float]]]] = {}
        for name in columns:
            lines: dict[str, list[tuple[float, float]]] = {}
            for row in self.rows:
                if row[name] is not None:
                    point = (float(row[_STEPS]), float(row[name]))
                    lines.setdefault(str(row.get("library") or ""), []).append(point)
            found[name.replace("_", " ")] = lines
        return found


def history_of(folder: Path) -> History:
    """Read the history of a training.

    The table that it wrote while it ran, where there is one; else the tables of those of its
    checkpoints that were evaluated in folders below its own; else the scores of its learning curve.

    Args:
        folder: Of the training, in `results/`.

    Raises:
        FormatError: None of them is there, or one cannot be read.
    """
    path = RunFolder(path=folder).evaluations
    if path.is_file():
        if not (rows := read_evaluations(path)):
            raise FormatError(f"{path}: expected a row for each evaluation, it holds none")
        return _history(folder, path.name, rows)
    if rows := _rows_of_checkpoints(folder):
        return _history(folder, f"{TABLE} of evaluated checkpoints", rows)
    if rows := _rows_of_progress(folder):
        return _history(folder, "scores of the learning curve", rows)
    raise FormatError(
        f"{folder}: has no {path.name}, no {TABLE} below it and no scores in "
        "logs/progress.jsonl; evaluate checkpoints by `motion evaluate --checkpoint ... --full-eval "
        f"--output-dir {folder}/evaluation-1`"
    )


def _history(folder: Path, source: str, rows: list[dict[str, Any]]) -> History:
    names = dict.fromkeys(name for row in rows for name in row)
    whole = [{name: row.get(name) for name in names} for row in rows]
    scores = [
        name
        for name in names
        if name not in (_STEPS, "epoch") and any(_is_number(row[name]) for row in whole)
    ]
    return History(
        folder=folder,
        source=source,
        rows=sorted(whole, key=lambda row: (row[_STEPS], str(row.get("library")))),
        scores=scores,
    )


def _rows_of_checkpoints(folder: Path) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(folder.rglob(TABLE)):
        table = load_table(path)
        facts = metadata_of(table)
        if not isinstance(facts.get("trained_env_steps"), int):
            raise FormatError(f"{path}: does not note trained_env_steps; evaluate again")
        summary = aggregate(table)
        # one checkpoint on one library is one row, however often it was evaluated
        found[facts["checkpoint_sha256"], facts.get("motions_sha256", "")] = {
            _STEPS: facts["trained_env_steps"],
            "checkpoint": facts["checkpoint"],
            "library": facts.get("artifact", ""),
            "motions": summary["motions"],
            "success_rate": summary["success_rate"],
            "survival_rate": summary["survival_rate"],
            **{name: spread["mean"] for name, spread in summary["measures"].items()},
        }
    return list(found.values())


def _rows_of_progress(folder: Path) -> list[dict[str, Any]]:
    records = read_progress(RunFolder(path=folder).progress)
    return [
        {
            _STEPS: record["step"],
            **{
                name.removeprefix(_SCORE): value
                for name, value in record.items()
                if name.startswith(_SCORE)
            },
        }
        for record in records
        if record.get("event") == "score"
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""The files of one evaluation: tables, error over time and aggregates in a folder."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from motionlib.errors import FormatError
from motionlib.files import atomic_path, write_text
from training.evaluation.comparison import compare_to_baselines, verify, verify_accept, verify_alone
from training.evaluation.controllers import CONTROLLERS, POLICY
from training.evaluation.evaluator import EvaluationResult
from training.evaluation.streams import ErrorSeries
from training.evaluation.tables import (
    SCHEMA_VERSION,
    aggregate,
    concatenate_tables,
    load_table,
    metadata_of,
    save_table,
    with_metadata,
)
from training.evaluation.verifications import bounds_in

AGGREGATE_FILE = "aggregate.json"
SERIES_FILE = "error_over_time.parquet"
REPORT_FILE = "report.html"
_SERIES_KEYS = ("case", "controller", "time_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationPaths:
    """Where an evaluation lies."""

    folder: Path
    tables: Mapping[str, Path]
    """Controller to per-motion Parquet."""
    aggregate: Path
    """JSON: per controller, the comparison, and the bounds."""
    series: Path
    """Parquet: error over time of every motion."""
    report: Path
    """Self-contained HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An evaluation read back from its folder."""

    tables: Mapping[str, pa.Table]
    """Per-motion tables by controller, policy first."""
    series: Mapping[str, Mapping[str, ErrorSeries]]
    """Case to controller to what was kept over time."""
    metadata: Mapping[str, Any]


def table_file(controller: str) -> str:
    """Name of a controller's table; the policy's is the plain one."""
    return "per_motion.parquet" if controller == POLICY else f"per_motion_{controller}.parquet"


def evaluation_paths(folder: Path) -> EvaluationPaths:
    """Paths of what an evaluation's folder holds now."""
    files = {name: folder / table_file(name) for name in CONTROLLERS}
    return EvaluationPaths(
        folder=folder,
        tables={name: path for name, path in files.items() if path.exists()},
        aggregate=folder / AGGREGATE_FILE,
        series=folder / SERIES_FILE,
        report=folder / REPORT_FILE,
    )


def save_evaluation(
    folder: Path, results: Iterable[EvaluationResult], metadata: Mapping[str, Any]
) -> EvaluationPaths:
    """Write all files of an evaluation but the report; tables of an earlier one are removed.

    Args:
        folder: Made if absent.
        results: One a controller.
        metadata: JSON-able; goes into every file.
    """
    results = list(results)
    before = evaluation_paths(folder)
    # the aggregate goes first and comes last: without it the folder counts as unfinished
    for path in (before.aggregate, before.report, *before.tables.values()):
        path.unlink(missing_ok=True)
    tables = {}
    for result in results:
        facts = {**metadata, "controller": result.controller}
        tables[result.controller] = with_metadata(result.table, facts)
        save_table(folder / table_file(result.controller), tables[result.controller])
    with atomic_path(folder / SERIES_FILE) as temporary:
        pq.write_table(_series_table(results), temporary, compression="zstd")
    content = summary(tables, metadata)
    for result in results:
        steps = {"env_steps": result.env_steps, "motion_steps": result.motion_steps}
        content["controllers"][result.controller].update(steps)
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False)
    write_text(folder / AGGREGATE_FILE, text + "\n")
    return evaluation_paths(folder)


def load_evaluation(folder: Path) -> Evaluation:
    """Read back what `save_evaluation` wrote.

    Raises:
        FormatError: No finished evaluation there, or a file that cannot be read.
    """
    paths = evaluation_paths(folder)
    if not paths.tables or not paths.aggregate.exists():
        raise FormatError(
            f"{folder}: no finished evaluation (expected {table_file(POLICY)} and "
            f"{AGGREGATE_FILE}); run the full evaluation"
        )
    tables = {name: load_table(path) for name, path in paths.tables.items()}
    series = SeriesOfCases(_read_series(paths.series))
    metadata = metadata_of(next(iter(tables.values())))
    return Evaluation(tables=tables, series=series, metadata=metadata)


def summary(tables: Mapping[str, pa.Table], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Aggregates of every controller, and the comparison when all of them ran; JSON-able."""
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "metadata": dict(metadata),
        "controllers": {name: aggregate(table) for name, table in tables.items()},
    }
    if set(tables) == set(CONTROLLERS):
        comparisons = compare_to_baselines(concatenate_tables(list(tables.values())))
        content["comparison"] = [asdict(comparison) for comparison in comparisons]
        content["bounds"] = [asdict(each) for each in verify(comparisons, bounds_in(metadata))]
    elif POLICY in tables:
        alone = verify_alone(tables[POLICY], bounds_in(metadata))
        content["bounds"] = [asdict(each) for each in alone]
    if POLICY in tables:
        accepted = verify_accept(content["controllers"][POLICY], metadata)
        content["accept"] = [asdict(verification) for verification in accepted]
    return content


class SeriesOfCases(Mapping[str, Mapping[str, ErrorSeries]]):
    """Case to controller to what was kept over time; read out of its table when asked for."""

    def __init__(self, table: pa.Table) -> None:
        """Take a table with a row for each case and controller."""
        self._table = table
        self._rows: dict[str, list[int]] = {}
        for row, case in enumerate(table.column("case").to_pylist()):
            self._rows.setdefault(case, []).append(row)

    def __getitem__(self, case: str) -> Mapping[str, ErrorSeries]:
        found = {}
        for row in self._table.take(self._rows[case]).to_pylist():
            _, controller, time_s = (row.pop(name) for name in _SERIES_KEYS)
            values = {name: np.asarray(x, dtype=np.float32) for name, x in row.items()}
            found[controller] = ErrorSeries(time_s=np.asarray(time_s, np.float32), values=values)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _read_series(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FormatError(f"{path}: not readable ({error}); run the full evaluation") from error


def _series_table(results: Sequence[EvaluationResult]) -> pa.Table:
    curves = pa.list_(pa.float32())
    every = [series for result in results for series in result.series.values()]
    names = dict.fromkeys(name for series in every for name in series.values)
    schema = pa.schema(
        [
            pa.field("case", pa.string()),
            pa.field("controller", pa.string()),
            pa.field("time_s", curves, metadata={"unit": "s"}),
            *(pa.field(name, curves) for name in names),
        ]
    )
    rows = [
        {
            "case": name,
            "controller": result.controller,
            "time_s": series.time_s,
            **series.values,
        }
        for result in results
        for name, series in result.series.items()
    ]
    return pa.Table.from_pylist(rows, schema=schema)

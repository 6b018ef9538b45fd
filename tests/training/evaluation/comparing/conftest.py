"""Per-motion tables of made-up evaluations."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from training.evaluation.columns import MEASURES
from training.evaluation.tables import save_table, table_from_rows, with_metadata

FACTS = {"artifact": "local/motions/walk:v0", "motions_sha256": "ab" * 32, "fps": 50.0}


def row(name: str, **values: Any) -> dict[str, Any]:
    failure = values.pop("failure_s", None)
    return {
        "case": name,
        "motion_name": name,
        "variant": None,
        "source": f"file:{name}",
        "controller": "policy",
        "weight": 1.0,
        "moving": True,
        "frames": 51,
        "seconds": 1.0,
        "evaluated_frames": 51,
        "evaluated_seconds": 1.0,
        "success": failure is None,
        "survived": failure is None,
        "survived_s": 1.0 if failure is None else failure,
        "failure_s": failure,
        "failure_cause": None if failure is None else "fall",
        **dict.fromkeys(MEASURES, 0.1),
        **values,
    }


Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a table of rows by name, with columns that were joined to it."""

    def write(
        file: str,
        rows: Mapping[str, Mapping[str, Any]],
        *,
        joined: Mapping[str, list[Any]] | None = None,
        **facts: Any,
    ) -> Path:
        table = table_from_rows([row(name, **values) for name, values in rows.items()])
        for name, values in (joined or {}).items():
            table = table.append_column(name, pa.array(values))
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        save_table(path, with_metadata(table, {**FACTS, **facts}))
        return path

    return write

"""A Dagster home of the test's own, and the recipes of `tests/recipes`."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.home import open_instance

RECIPES = Path(__file__).resolve().parents[1] / "recipes"


@pytest.fixture
def instance(motion_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    del motion_home
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("MOTION_RECIPES", str(RECIPES))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with open_instance() as instance:
        yield instance

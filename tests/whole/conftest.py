"""A Dagster home of the test's own, and the recipes of `tests/recipes`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

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


def rewritten(recipe: str, folder: Path, changes: dict[str, object]) -> None:
    """A copy of a test recipe whose paths are absolute and some of whose keys differ."""
    content = yaml.safe_load((RECIPES / f"{recipe}.yaml").read_text())
    for section, key in (("source", "path"), ("training", "experiment")):
        content[section][key] = str((RECIPES / content[section][key]).resolve())
    for section, change in changes.items():
        merged = isinstance(change, dict)
        content[section] = {**content.get(section, {}), **change} if merged else change
    folder.mkdir(exist_ok=True)
    (folder / "mine.yaml").write_text(yaml.safe_dump(content))


@pytest.fixture
def rewrite_recipe() -> Callable[[str, Path, dict[str, object]], None]:
    """`rewrite_recipe("smoke", folder, {"name": "mine", "training": {"max_steps": 1}})`."""
    return rewritten

import hashlib
from pathlib import Path

import dagster as dg

from pipelines.changes import changes_of
from pipelines.recipe import Recipe, load_recipe

RECIPE = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10}
"""


def recipe_in(folder: Path) -> Recipe:
    (folder / "mine.yaml").write_text(RECIPE)
    (folder / "motions.pkl").write_bytes(b"one")
    recipe = load_recipe(folder / "mine.yaml")
    assert isinstance(recipe, Recipe)
    return recipe


def source_asset(version: str, content: bytes) -> dg.AssetsDefinition:
    @dg.asset(key=["mine", "reference_motions"], code_version=version)
    def reference_motions() -> dg.MaterializeResult:
        sha256 = hashlib.sha256(content).hexdigest()
        return dg.MaterializeResult(data_version=dg.DataVersion(sha256))

    return reference_motions


def test_reasons_to_run_again(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path)
    asset = source_asset("1", b"one")
    with dg.DagsterInstance.ephemeral() as instance:
        assert changes_of(recipe, [asset], instance) == ["reference_motions was never made"]
        dg.materialize([asset], instance=instance)
        assert changes_of(recipe, [asset], instance) == []
        newer = source_asset("2", b"one")
        assert changes_of(recipe, [newer], instance) == [
            "the code or settings of reference_motions changed"
        ]
        (tmp_path / "motions.pkl").write_bytes(b"two")
        assert changes_of(recipe, [asset], instance) == ["motions.pkl changed"]

"""One recipe, whole: from walking references to a per-motion table, through Dagster."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from motionlib.walking.titles import title_of_name
from pipelines.changes import changes_of
from pipelines.definitions import build_definitions
from pipelines.recipe import recipes

RECIPES = Path(__file__).resolve().parents[1] / "recipes"


def run(name: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    job = build_definitions().resolve_job_def(name)
    return job.execute_in_process(instance=instance, raise_on_error=False)


def materialised(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    failed = [event.message for event in result.all_events if event.is_step_failure]
    assert result.success, failed
    events = result.get_asset_materialization_events()
    found = [event.step_materialization_data.materialization for event in events]
    return {materialization.asset_key.path[-1]: materialization for materialization in found}


@pytest.mark.slow
def test_the_smoke_recipe_whole(instance: dg.DagsterInstance, motion_home: Path) -> None:
    result = run("smoke", instance)
    made = materialised(result)
    assert len(made) == 11
    for name, materialization in made.items():
        assert {"path", "sha256", "plot", "preview"} <= set(materialization.metadata), name
        assert (materialization.tags or {})["dagster/data_version"], name
    blocking = [check for check in result.get_asset_check_evaluations() if check.blocking]
    assert len(blocking) >= 7
    assert all(check.passed for check in blocking)
    said = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert any(line.startswith("epoch 1/") for line in said), "training speaks in the run's log"

    reports = motion_home / "reports" / "smoke"
    table = pd.read_parquet(reports / "per_motion.parquet")
    recipe = next(recipe for recipe in recipes()[0] if recipe.name == "smoke")
    assert sorted(table["motion_name"]) == sorted(recipe.source.motions)
    assert set(table["source"]) == {f"reference_motions.pkl:{n}" for n in table["motion_name"]}
    assert list(table["dx"]) == [float(name.split("_")[0]) for name in table["motion_name"]]
    assert list(table["title"]) == [title_of_name(name) for name in table["motion_name"]]
    assert not any(".tmp" in line for line in said), "no path into a temporary folder"
    assert len(pd.read_parquet(reports / "per_motion_zero_action.parquet")) == 3
    assert "<html" in (reports / "report.html").read_text()[:500]

    again = materialised(run("smoke", instance))
    for name, materialization in again.items():
        assert materialization.metadata["sha256"] == made[name].metadata["sha256"], name
    for name in ("sampled_motions", "npz_motions", "motion_lib", "full_evaluation"):
        assert again[name].metadata["reused"].value is True, name
    assert again["published_artifact"].metadata["new_version"].value is False

    assets = [a for a in build_definitions().assets or [] if isinstance(a, dg.AssetsDefinition)]
    mine = [asset for asset in assets if asset.key.path[0] == "smoke"]
    assert changes_of(recipe, mine, instance) == []


def test_a_failed_gate_stops_the_graph_before_anything_is_published(
    instance: dg.DagsterInstance,
    motion_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rewrite_recipe: Callable,
) -> None:
    changes = {"name": "strict", "gates": {"foot_slide_mean": 1e-3}}
    rewrite_recipe("smoke", tmp_path / "recipes", changes)
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path / "recipes"))
    result = run("strict", instance)
    assert not result.success
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks["foot_slide_mean"] is False
    assert checks["books_balanced"] is False, "a rejected motion is not within max_rejected"
    assert checks["penetration_max"] is True
    assert not (motion_home / "artifacts").exists()
    assert not (motion_home / "results").exists()


@pytest.mark.slow
def test_the_open_duck_on_real_references(
    instance: dg.DagsterInstance, motion_home: Path, test_data: Path
) -> None:
    del test_data
    result = run("open_duck", instance)
    made = materialised(result)
    assert made["reference_motions"].metadata["motions"].value == 240
    accepted = made["sampled_motions"].metadata["motions"].value
    rejected = made["sampled_motions"].metadata["rejected"].value
    assert accepted + rejected == 240
    assert 0 < rejected <= 8, "the worst slip more than the recipe allows, and say so"
    books = next(
        check
        for check in result.get_asset_check_evaluations()
        if check.check_name == "books_balanced"
    )
    assert books.passed
    assert books.metadata["motions_in"].value == 240
    table = pd.read_parquet(motion_home / "reports" / "open_duck" / "per_motion.parquet")
    assert len(table) == 7
    assert table["source"].str.startswith("open_duck_mini_v2.pkl:").all()

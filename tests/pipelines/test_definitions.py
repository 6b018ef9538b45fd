from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_definitions

GOOD = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10}
"""
LAYERS = {
    "robot_model": set(),
    "reference_motions": {"robot_model"},
    "sampled_motions": {"robot_model", "reference_motions"},
    "npz_motions": {"sampled_motions"},
    "concatenated_npz": {"sampled_motions"},
    "motion_lib": {"concatenated_npz"},
    "published_artifact": {"reference_motions", "concatenated_npz", "motion_lib"},
    "policy": {"published_artifact"},
    "full_evaluation": {"published_artifact", "policy"},
    "per_motion_table": {"sampled_motions", "full_evaluation"},
    "report": {"policy", "full_evaluation"},
}


def test_one_recipe_is_one_graph() -> None:
    graph = build_definitions().resolve_asset_graph()
    keys = {key for key in graph.get_all_asset_keys() if key.path[0] == "microduck_walk"}
    found = {key.path[1]: {parent.path[1] for parent in graph.get(key).parent_keys} for key in keys}
    assert found == LAYERS


def test_every_asset_says_what_it_is() -> None:
    graph = build_definitions().resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key
        assert node.group_name != "default", key
        assert node.code_version, key


def test_the_checks_stand_between_data_and_training() -> None:
    graph = build_definitions().resolve_asset_graph()
    blocking = {
        (key.asset_key.path[1], key.name)
        for key in graph.asset_check_keys
        if graph.get(key).blocking and key.asset_key.path[0] == "microduck_walk"
    }
    motions = {"foot_slide", "penetration", "joint_limits", "velocity_spikes", "books_balanced"}
    assert {("sampled_motions", name) for name in motions} <= blocking
    assert ("concatenated_npz", "schema") in blocking
    assert ("full_evaluation", "books_balanced") in blocking


def test_the_evaluation_is_held_against_the_baselines_and_still_reported() -> None:
    graph = build_definitions().resolve_asset_graph()
    checks = {
        key.name: graph.get(key).blocking
        for key in graph.asset_check_keys
        if key.asset_key.path == ["microduck_walk", "full_evaluation"]
    }
    shown = {"policy_survives", "relative_error", "global_error", "open_loop_beaten"}
    assert not any(checks[name] for name in shown)


def test_nothing_starts_by_itself() -> None:
    defs = build_definitions()
    assert {s.default_status for s in defs.schedules or []} == {dg.DefaultScheduleStatus.STOPPED}
    assert {s.default_status for s in defs.sensors or []} == {dg.DefaultSensorStatus.STOPPED}


def test_a_users_folder_adds_graphs_and_a_broken_recipe_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    (tmp_path / "slip.yaml").write_text(GOOD.replace("mine", "slip") + "smapling: {}\n")
    monkeypatch.setenv("MOTION_RECIPES", str(tmp_path))
    defs = build_definitions()
    assert defs.resolve_job_def("mine").name == "mine"
    assert defs.resolve_job_def("microduck_walk").name == "microduck_walk"
    graph = defs.resolve_asset_graph()
    node = graph.get(dg.AssetKey(["broken_recipes", "slip_0"]))
    assert "slip.yaml: smapling is unknown; nearest: sampling" in (node.description or "")
    assert not node.is_materializable
    assert "smapling is unknown" in caplog.text

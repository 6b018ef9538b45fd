from pathlib import Path

import dagster as dg
import pytest

from motionlib.corpus.row import SPLITS
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


AMASS_LAYERS = {
    "robot_model": set(),
    "clip_index": set(),
    "human_motions": {"clip_index", "robot_model"},
    "clips": {"clip_index", "human_motions", "robot_model"},
    "motion_lib_train": {"clips", "robot_model"},
    "motion_lib_validation": {"clips", "robot_model"},
    "motion_lib_test": {"clips", "robot_model"},
    "published_artifact": {
        "clip_index",
        "clips",
        "motion_lib_train",
        "motion_lib_validation",
        "motion_lib_test",
    },
}


def test_a_recipe_of_human_motions_is_another_graph() -> None:
    graph = build_definitions().resolve_asset_graph()
    keys = {key for key in graph.get_all_asset_keys() if key.path[0] == "amass_smpl"}
    found = {key.path[1]: {parent.path[1] for parent in graph.get(key).parent_keys} for key in keys}
    assert found == AMASS_LAYERS
    partitioned = {key.path[1] for key in keys if graph.get(key).partitions_def}
    assert partitioned == {"human_motions"}
    node = graph.get(dg.AssetKey(["amass_smpl", "human_motions"]))
    assert node.partitions_def == dg.DynamicPartitionsDefinition(name="amass_smpl_subsets")
    assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_no_library_is_packed_or_published_before_its_books_balance() -> None:
    graph = build_definitions().resolve_asset_graph()
    blocking = {
        (key.asset_key.path[1], key.name)
        for key in graph.asset_check_keys
        if graph.get(key).blocking and key.asset_key.path[0] == "amass_smpl"
    }
    libraries = {(f"motion_lib_{split}", "books_balanced") for split in SPLITS}
    table = {("clips", "books_balanced"), ("clips", "rejected_share")}
    assert blocking == {("clip_index", "schema"), *table, *libraries}


def test_human_motions_have_a_job_for_each_stage_and_one_for_all() -> None:
    defs = build_definitions()
    nodes = {
        name: {key.path[1] for key in defs.resolve_job_def(name).asset_layer.executable_asset_keys}
        for name in ("amass_smpl_index", "amass_smpl_motions")
    }
    assert nodes["amass_smpl_index"] == {"robot_model", "clip_index"}
    assert nodes["amass_smpl_motions"] == AMASS_LAYERS.keys() - nodes["amass_smpl_index"]
    assert [node.name for node in defs.resolve_job_def("amass_smpl").nodes] == ["amass_smpl_stages"]


ROBOT_LAYERS = {
    "robot_motions": {"clips", "human_motions"},
    "robot_clips": {"clips", "robot_motions"},
    "g1_report": {"clips", "robot_clips"},
    **{f"g1_motion_lib_{split}": {"g1_report", "robot_clips"} for split in SPLITS},
    "g1_npz": {"g1_report", "robot_clips"},
    "g1_artifact": {
        "robot_clips",
        "published_artifact",
        "g1_npz",
        *(f"g1_motion_lib_{split}" for split in SPLITS),
    },
}


def test_robots_follow_human_motions_in_two_dimensions() -> None:
    defs = build_definitions()
    graph = defs.resolve_asset_graph()
    keys = {key for key in graph.get_all_asset_keys() if key.path[0] == "amass_g1"}
    found = {key.path[1]: {parent.path[1] for parent in graph.get(key).parent_keys} for key in keys}
    assert found == {**AMASS_LAYERS, **ROBOT_LAYERS}
    node = graph.get(dg.AssetKey(["amass_g1", "robot_motions"]))
    assert isinstance(node.partitions_def, dg.MultiPartitionsDefinition)
    assert {each.name for each in node.partitions_def.partitions_defs} == {"robot", "subset"}
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    jobs = {
        name: {key.path[1] for key in defs.resolve_job_def(name).asset_layer.executable_asset_keys}
        for name in ("amass_g1_motions", "amass_g1_robots")
    }
    assert jobs["amass_g1_robots"] == ROBOT_LAYERS.keys()
    assert not jobs["amass_g1_motions"] & ROBOT_LAYERS.keys()


def test_nothing_is_packed_for_a_robot_before_its_books_balance() -> None:
    graph = build_definitions().resolve_asset_graph()
    blocking = {
        (key.asset_key.path[1], key.name)
        for key in graph.asset_check_keys
        if graph.get(key).blocking and key.asset_key.path[0] == "amass_g1"
    }
    libraries = {(f"g1_motion_lib_{split}", "books_balanced") for split in SPLITS}
    wanted = {("robot_clips", "books_balanced"), ("g1_report", "rejected_share"), *libraries}
    assert wanted <= blocking


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
    motions = {
        "foot_slide_mean",
        "penetration_max",
        "limit_excess_max",
        "jump_frames",
        "books_balanced",
    }
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

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from motionlib.corpus.row import SPLITS
from pipelines.definitions import build_definitions, definitions_of
from pipelines.recipe import load_recipe

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
    "robot_motions": {"clips", "human_motions", "g1/robot_model"},
    "robot_clips": {"clips", "robot_motions"},
}
TAIL_LAYERS = {
    "robot_report": {"clips", "robot_clips"},
    **{f"robot_motion_lib_{split}": {"robot_report", "robot_clips"} for split in SPLITS},
    "robot_npz": {"robot_report", "robot_clips"},
    "robot_artifact": {
        "robot_clips",
        "published_artifact",
        "robot_npz",
        *(f"robot_motion_lib_{split}" for split in SPLITS),
    },
}
POLICY_LAYERS = {
    "policy": {"robot_artifact"},
    "full_evaluation": {"robot_artifact", "policy"},
    "per_motion_table": {"robot_clips", "full_evaluation"},
    "report": {"policy", "full_evaluation"},
}


def layers_of(graph: Any, recipe: str) -> dict[str, set[str]]:
    """Layer to the layers that it is made from."""
    keys = {key for key in graph.get_all_asset_keys() if key.path[0] == recipe}
    return {
        "/".join(key.path[1:]): {"/".join(parent.path[1:]) for parent in graph.get(key).parent_keys}
        for key in keys
    }


def test_robots_follow_human_motions_in_two_dimensions() -> None:
    defs = build_definitions()
    graph = defs.resolve_asset_graph()
    targets = {"g1/robot_model": set()}
    assert layers_of(graph, "amass_g1") == AMASS_LAYERS | targets | ROBOT_LAYERS | TAIL_LAYERS
    node = graph.get(dg.AssetKey(["amass_g1", "robot_motions"]))
    assert isinstance(node.partitions_def, dg.MultiPartitionsDefinition)
    assert {each.name for each in node.partitions_def.partitions_defs} == {"robot", "subset"}
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    for layer in TAIL_LAYERS:
        node = graph.get(dg.AssetKey(["amass_g1", layer]))
        assert node.partitions_def == dg.StaticPartitionsDefinition(["g1"]), layer
    jobs = {
        name: {
            "/".join(key.path[1:])
            for key in defs.resolve_job_def(f"amass_g1_{name}").asset_layer.executable_asset_keys
        }
        for name in ("index", "motions", "robots", "tail")
    }
    assert jobs["index"] == {"robot_model", "clip_index", "g1/robot_model"}
    assert jobs["motions"] == AMASS_LAYERS.keys() - jobs["index"]
    assert jobs["robots"] == ROBOT_LAYERS.keys()
    assert jobs["tail"] == TAIL_LAYERS.keys()


def test_policies_hang_on_the_published_libraries_of_each_robot() -> None:
    defs = build_definitions()
    graph = defs.resolve_asset_graph()
    found = layers_of(graph, "demo_g1")
    assert {layer: found[layer] for layer in POLICY_LAYERS} == POLICY_LAYERS
    job = defs.resolve_job_def("demo_g1_tail")
    made = {key.path[-1] for key in job.asset_layer.executable_asset_keys}
    assert POLICY_LAYERS.keys() <= made


def test_several_trainings_have_keys_of_their_own_and_meet_in_one_comparison(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.yaml").write_text(
        GOOD.replace("training: {", "training: [{name: one, ").replace("10}", "10}, ")
        + "  {name: two, experiment: other.py, max_steps: 10, seed: 1}]\n"
    )
    recipe = load_recipe(tmp_path / "mine.yaml")
    found = layers_of(definitions_of([recipe]).resolve_asset_graph(), "mine")
    evaluated = {"one/full_evaluation", "two/full_evaluation"}
    assert found["comparison"] == {"sampled_motions", *evaluated}
    for name in ("one", "two"):
        assert found[f"{name}/policy"] == {"published_artifact"}
        assert found[f"{name}/report"] == {f"{name}/policy", f"{name}/full_evaluation"}
    assert "policy" not in found


def test_a_humanoid_may_be_trained_beside_the_robots(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ndescription: d\nrobot: smpl\nsource: {kind: amass, path: mocap}\n"
        "artifact: {name: mine}\nretarget: {robots: [g1, h1], artifact: {name: 'm-{robot}'}}\n"
        "training:\n"
        "  - {name: human, experiment: e.py, max_steps: 1, humanoid: true}\n"
        "  - {name: both, experiment: '{robot}.py', max_steps: 1}\n"
    )
    recipe = load_recipe(tmp_path / "mine.yaml")
    graph = definitions_of([recipe]).resolve_asset_graph()
    found = layers_of(graph, "mine")
    assert found["human/policy"] == {"published_artifact"}
    assert found["both/policy"] == {"robot_artifact"}
    assert graph.get(dg.AssetKey(["mine", "human", "policy"])).partitions_def is None
    partitions = graph.get(dg.AssetKey(["mine", "both", "policy"])).partitions_def
    assert partitions == dg.StaticPartitionsDefinition(["g1", "h1"])
    assert "comparison" not in found, "there is nothing to set beside each other"


def test_groups_are_recipes() -> None:
    graph = build_definitions().resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        assert graph.get(key).group_name == key.path[0], key


def test_nothing_is_packed_for_a_robot_before_its_books_balance() -> None:
    graph = build_definitions().resolve_asset_graph()
    blocking = {
        (key.asset_key.path[1], key.name)
        for key in graph.asset_check_keys
        if graph.get(key).blocking and key.asset_key.path[0] == "amass_g1"
    }
    libraries = {(f"robot_motion_lib_{split}", "books_balanced") for split in SPLITS}
    wanted = {("robot_clips", "books_balanced"), ("robot_report", "rejected_share"), *libraries}
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
    shown = {"success", "survival", "relative_error", "global_error", "open_loop_beaten"}
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

import json
import logging
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import torch

from motionlib.errors import FormatError, RobotError
from motionlib.files import sha256_of_file
from motionlib.library import MotionLib, library_from_motions
from motionlib.robot import Robot
from training.building import build_evaluation_env
from training.config import Experiment, MotionLibConfig
from training.envs.presets import small_biped_config
from training.evaluation.columns import MEASURES
from training.evaluation.config import EvaluationConfig
from training.evaluation.controllers import OpenLoopController, baseline_controllers
from training.evaluation.evaluator import evaluate
from training.evaluation.full_evaluation import evaluate_controllers, run_full_evaluation
from training.evaluation.store import EvaluationPaths, load_evaluation
from training.evaluation.subject import evaluation_metadata, open_subject
from training.evaluation.tables import load_table, metadata_of


@pytest.fixture(scope="module")
def paths(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> EvaluationPaths:
    return run_full_evaluation(checkpoint, output_dir=tmp_path_factory.mktemp("evaluation"))


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return Experiment(name="baselines", robot="microduck", env=small_biped_config())


def test_one_row_a_motion_for_policy_and_both_baselines(
    paths: EvaluationPaths, small_lib: MotionLib
):
    assert list(paths.tables) == ["policy", "zero_action", "open_loop"]
    for name, path in paths.tables.items():
        frame = pd.read_parquet(path)
        assert frame["motion_name"].tolist() == list(small_lib.names)
        assert frame["controller"].unique().tolist() == [name]
        assert frame["evaluated_frames"].tolist() == small_lib.num_frames.tolist()
        assert frame["source"].tolist() == ["made.pkl:stand", "made.pkl:glide"]
        assert frame["moving"].tolist() == [False, True]
        assert frame[list(MEASURES)].notna().all(axis=None)


def test_holding_the_pose_stands_and_does_not_follow_a_glide(paths: EvaluationPaths):
    frame = pd.read_parquet(paths.tables["zero_action"]).set_index("motion_name")
    stand, glide = frame.loc["stand"], frame.loc["glide"]
    assert stand["success"]
    assert stand["body_pos_error_mean"] < 0.005
    assert stand["contact_accuracy"] == 1.0
    assert glide["survived"]
    # the reference moves on by up to 17.6 cm while the robot starts with its speed and stops
    assert 0.05 < glide["body_pos_error_max"] < 0.18
    assert glide["body_pos_error_relative_mean"] < 0.02


def test_the_file_says_what_was_evaluated(
    paths: EvaluationPaths, checkpoint: Path, library_file: Path, microduck: Robot
):
    metadata = metadata_of(load_table(paths.tables["policy"]))
    assert metadata["checkpoint_sha256"] == sha256_of_file(checkpoint)
    assert metadata["motions_sha256"] == sha256_of_file(library_file)
    assert metadata["artifact"] == "small.pt"
    assert metadata["robot_sha256"] == microduck.sha256
    assert metadata["controller"] == "policy"
    assert metadata["fps"] == 50.0
    assert metadata["trained_fps"] == metadata["motions_fps"] == 50.0
    assert metadata["trained_velocity_rule"] == metadata["velocity_rule"] == "forward_min3"
    assert metadata["learning_codes"] == [metadata["learning_code_now"]]
    assert metadata["code_is_current"] is True
    assert "velocities by forward_min3" in metadata["lineage"][0]["detail"]
    assert "velocities by forward_min3" in metadata["lineage"][1]["detail"]
    assert "outdated" not in metadata["lineage"][0]["detail"]
    assert metadata["thresholds"]["tracking_lost"] == pytest.approx(0.38 * 0.2618, rel=1e-3)
    assert [step["name"] for step in metadata["lineage"]] == [
        "policy last.ckpt",
        "motions small.pt",
        "made.pkl",
    ]
    assert metadata["lineage"][2]["sha256"] == "ab" * 32
    assert str(checkpoint.parent) not in json.dumps(metadata)


def test_aggregate_is_strict_json_with_bounds(paths: EvaluationPaths):
    def refuse(name: str) -> float:
        raise AssertionError(name)

    content = json.loads(paths.aggregate.read_text(), parse_constant=refuse)
    assert set(content["controllers"]) == {"policy", "zero_action", "open_loop"}
    part = content["controllers"]["zero_action"]
    assert part["frames"] == part["evaluated_frames"] == 105
    assert (part["env_steps"], part["motion_steps"]) == (2 * 59, 59 + 44)
    assert len(content["comparison"]) == 2
    assert [bound["key"] for bound in content["bounds"]][:2] == ["success", "survival"]
    assert len(content["bounds"]) == 7
    assert content["metadata"]["bounds"]["relative_ratio"] == "0.7"


def test_every_definition_stands_in_table_aggregate_and_report(
    paths: EvaluationPaths, microduck: Robot
) -> None:
    frame = pd.read_parquet(paths.tables["zero_action"]).set_index("motion_name")
    stand, glide = frame.loc["stand"], frame.loc["glide"]
    assert stand["success_phc_strict_scaled"]
    assert stand["tracked_s"] == stand["seconds"]
    # a reference that moves on by 17.6 cm loses ours and no humanoid's half metre
    assert (glide["failure_cause"], bool(glide["success"])) == ("tracking_lost", False)
    assert glide["success_protomotions"]
    assert not glide["success_protomotions_scaled"]
    assert glide["failure_body"] in microduck.body_names
    assert 0.0 < glide["body_pos_error_mean_before_failure"] < glide["body_pos_error_mean"]
    assert glide["tracked_s"] == glide["failure_s"]
    assert glide["gt_err"] == pytest.approx(glide["mpjpe_g"] / 1000)
    assert glide["mpkpe"] == glide["body_pos_error_mean"]
    assert set(glide["joint_error_by_joint"]) == set(microduck.dof_names)
    content = json.loads(paths.aggregate.read_text())["controllers"]["zero_action"]
    assert content["definitions"]["ours"]["success_rate"] == content["success_rate"] == 0.5
    assert content["definitions"]["protomotions"]["success_rate"] == 1.0
    assert content["guides"]["Eval/gt_err"] == content["measures"]["gt_err"]["mean"]
    report = paths.report.read_text()
    section = report[report.index("Success under every definition") :].split("</table>")[0]
    for title in ("ours (the headline)", "Appendix F", "PHC", "MaskedMimic", "SONIC"):
        assert f">{title}</td>" in section
    assert "after a failure the body where it lies counts to the end" in report
    assert "<code>gt_err_before_failure</code>" in report


def test_the_same_evaluation_gives_the_same_tables(
    paths: EvaluationPaths, checkpoint: Path, tmp_path: Path
):
    again = run_full_evaluation(checkpoint, output_dir=tmp_path)
    for name, path in paths.tables.items():
        assert load_table(again.tables[name]).equals(load_table(path)), name


def test_without_baselines_their_old_tables_are_gone(checkpoint: Path, tmp_path: Path):
    run_full_evaluation(checkpoint, output_dir=tmp_path)
    paths = run_full_evaluation(checkpoint, output_dir=tmp_path, baselines=False)
    assert list(paths.tables) == ["policy"]
    assert list(load_evaluation(tmp_path).tables) == ["policy"]
    assert "Against the baselines" not in paths.report.read_text()


def test_physics_gives_the_same_rows_on_any_number_of_environments(
    experiment: Experiment, small_lib: MotionLib
):
    def rows(num_envs: int) -> pa.Table:
        controllers = [OpenLoopController()]
        return evaluate_controllers(experiment, small_lib, controllers, num_envs=num_envs)[0].table

    alone, together = rows(1).to_pylist(), rows(2).to_pylist()
    for a, b in zip(alone, together, strict=True):
        for name in MEASURES:
            assert b[name] == pytest.approx(a[name], rel=1e-4, abs=1e-6), name


def test_a_robot_dropped_from_the_air_fails_and_is_measured_to_the_end(
    experiment: Experiment, microduck: Robot, make_motion
):
    # the clip floats with waving legs: a robot that starts there comes down and lies
    lib = library_from_motions([make_motion(microduck, frames=150)])
    table = evaluate_controllers(experiment, lib, baseline_controllers(), num_envs=1)[1].table
    row = table.to_pylist()[0]
    assert row["failure_cause"] in {"fall", "tracking_lost"}
    assert row["evaluated_frames"] == 150
    assert row["failure_s"] < 3.0


def test_another_robots_motions_and_unreadable_checkpoints_are_named(
    checkpoint: Path, tmp_path: Path, g1: Robot, make_motion
):
    from motionlib.formats.protomotions.motion_lib import save_motion_lib

    save_motion_lib(tmp_path / "g1.pt", library_from_motions([make_motion(g1)]))
    motions = MotionLibConfig(motion_file=str(tmp_path / "g1.pt"))
    with pytest.raises((RobotError, FormatError), match="g1"):
        run_full_evaluation(checkpoint, output_dir=tmp_path / "out", motions=motions)
    broken = tmp_path / "broken.ckpt"
    broken.write_bytes(checkpoint.read_bytes()[:500])
    with pytest.raises(FormatError, match=r"broken\.ckpt"):
        run_full_evaluation(broken, output_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_robot_edited_since_training_is_said(
    checkpoint: Path, microduck: Robot, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    folder = shutil.copytree(microduck.xml_path.parent, tmp_path / "edited")
    softer = (folder / "robot.yaml").read_text().replace("stiffness:", "stiffness: 1 #", 1)
    (folder / "robot.yaml").write_text(softer)
    with caplog.at_level(logging.WARNING):
        subject = open_subject(checkpoint, overrides={"robot": str(folder)})
    assert "robot files differ from those trained on" in caplog.text
    metadata = evaluation_metadata(subject, EvaluationConfig())
    assert metadata["trained_robot_sha256"] == microduck.sha256 != metadata["robot_sha256"]
    assert "robot files differ from those trained on" in metadata["lineage"][0]["detail"]
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        same = evaluation_metadata(open_subject(checkpoint), EvaluationConfig())
    assert caplog.text == ""
    assert "differ" not in same["lineage"][0]["detail"]


def test_physics_that_breaks_down_is_unstable_and_spares_the_other_motion(
    experiment: Experiment, small_lib: MotionLib
):
    env = build_evaluation_env(experiment, small_lib, small_lib.robot, num_envs=2)

    class Kick(OpenLoopController):
        def command(self, env, obs):
            if int(env.command.frames[0]) == 10:
                env.sim.push(
                    torch.tensor([0]), torch.tensor([[0.0, 0.0, 1e9]]), torch.tensor([[1e9, 0, 0]])
                )
            return super().command(env, obs)

    try:
        rows = {row["motion_name"]: row for row in evaluate(env, Kick()).table.to_pylist()}
    finally:
        env.sim.close()
    # the longest motion runs in the first environment
    assert rows["stand"]["failure_cause"] == "unstable"
    assert not rows["stand"]["survived"]
    assert rows["stand"]["failure_s"] == pytest.approx(11 * 0.02)
    assert rows["stand"]["evaluated_frames"] == 60
    # it counts as lying where it was last sound, which is where it stood
    assert rows["stand"]["body_pos_error_max"] < 0.01
    assert rows["glide"]["survived"]

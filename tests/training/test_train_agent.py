import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from motionlib.files import HOST_TAG
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.registry.opening import open_registry
from motionlib.robot import Robot
from training import session
from training.checkpoint import load_checkpoint, load_policy
from training.config import load_experiment
from training.evaluation.config import EvaluationConfig
from training.evaluation.subject import evaluation_metadata, open_subject
from training.inference_agent import main as evaluate
from training.progress import read_progress
from training.train_agent import main

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = ROOT / "training" / "experiments" / "mimic" / "microduck.py"
STEPS_AN_EPOCH = 8 * 24


def words(library: Path, *more: object, name: str = "run") -> list[str]:
    fixed = (
        *("--experiment-path", EXPERIMENT, "--experiment-name", name, "--motion-file", library),
        *("--num-envs", 8, "--batch-size", 48),
    )
    return [str(word) for word in (*fixed, *more)]


def results(home: Path, name: str = "run") -> Path:
    return home / "results" / name


@pytest.fixture
def library(library_file: Path) -> Path:
    return library_file


def test_a_run_leaves_everything_in_its_folder(
    library: Path, motion_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--training-max-iterations", 3, "--overrides", "agent.gamma=0.9")
    assert main(words(library, *more)) == 0
    folder = results(motion_home)
    files = {path.name for path in folder.iterdir()}
    assert files >= {
        *("config.yaml", "resolved_configs.yaml", "experiment_config.py"),
        *("last.ckpt", "score_based.ckpt", "logs"),
    }
    assert not [name for name in files if name.endswith(".tmp")]
    assert (folder / "experiment_config.py").read_bytes() == EXPERIMENT.read_bytes()
    assert any(path.name.startswith("events.out.tfevents") for path in (folder / "logs").iterdir())
    epochs = [r for r in read_progress(folder / "logs/progress.jsonl") if r["event"] == "epoch"]
    assert [r["step"] for r in epochs] == [STEPS_AN_EPOCH * k for k in (1, 2, 3)]
    assert {"train/reward", "loss/policy", "loss/value", "perf/steps_per_s"} <= set(epochs[0])
    lines = [x for x in capsys.readouterr().out.splitlines() if x.startswith("epoch ")]
    assert len(lines) == 3
    assert "reward" in lines[0]
    assert "steps/s" in lines[0]
    resolved = load_experiment(folder / "resolved_configs.yaml")
    assert resolved.agent.gamma == 0.9
    assert resolved.num_envs == 8
    facts = load_checkpoint(folder / "last.ckpt").facts
    assert facts.experiment() == resolved
    assert facts.step_count == 3 * STEPS_AN_EPOCH
    assert (
        facts.motions_sha256
        == yaml.safe_load((folder / "config.yaml").read_text())["inputs"]["motions_sha256"]
    )


def test_the_same_command_resumes_and_then_says_finished(
    library: Path, motion_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(words(library, "--training-max-iterations", 2)) == 0
    first = load_checkpoint(results(motion_home) / "last.ckpt")
    assert main(words(library, "--training-max-iterations", 4)) == 0
    second = load_checkpoint(results(motion_home) / "last.ckpt")
    assert second.facts.epoch == 4
    assert second.facts.train_seconds > first.facts.train_seconds
    optimizers = second.agent["optimizers"]
    assert set(optimizers) == {"actor", "critic"}
    steps = [x["step"].item() for each in optimizers.values() for x in each["state"].values()]
    assert set(steps) == {4 * 16}  # optimiser state went on: 4 epochs of 4 x 4 mini-batches
    progress = read_progress(results(motion_home) / "logs/progress.jsonl")
    assert [r["epoch"] for r in progress if r["event"] == "epoch"] == [1, 2, 3, 4]
    caplog.set_level("INFO")
    before = (results(motion_home) / "last.ckpt").read_bytes()
    assert main(words(library, "--training-max-iterations", 4)) == 0
    assert "finished" in caplog.text
    assert (results(motion_home) / "last.ckpt").read_bytes() == before


def test_the_same_seed_trains_the_same_policy(library: Path, motion_home: Path) -> None:
    for name in ("one", "two"):
        assert main(words(library, "--training-max-iterations", 2, name=name)) == 0
    assert main(words(library, "--training-max-iterations", 2, "--seed", 1, name="other")) == 0
    weights = [
        load_checkpoint(results(motion_home, name) / "last.ckpt").agent["networks"]
        for name in ("one", "two", "other")
    ]
    key = "actor.mean_net.0.weight"
    assert torch.equal(weights[0][key], weights[1][key])
    assert not torch.equal(weights[0][key], weights[2][key])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--overrides", "agent.gamma=0.5"), "agent.gamma: 0.97 in the checkpoint, 0.5 now"),
        (("--seed", "7"), "seed: 0 in the checkpoint, 7 now"),
        (("--num-envs", "4"), "num_envs: 8 in the checkpoint, 4 now"),
    ],
)
def test_a_changed_configuration_is_not_resumed(
    library: Path,
    motion_home: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    change: tuple[str, ...],
    message: str,
) -> None:
    assert main(words(library, "--training-max-iterations", 1)) == 0
    before = (results(motion_home) / "last.ckpt").read_bytes()
    assert main([*words(library, "--training-max-iterations", 2), *change]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "another --experiment-name" in error
    assert (results(motion_home) / "last.ckpt").read_bytes() == before


def test_changed_motions_are_not_resumed(
    library: Path,
    motion_home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    small_lib: MotionLib,
) -> None:
    assert main(words(library, "--training-max-iterations", 1)) == 0
    moved = tmp_path / "elsewhere.pt"
    moved.write_bytes(library.read_bytes())
    assert main(words(moved, "--training-max-iterations", 2)) == 0  # same content, another place
    save_motion_lib(moved, library_from_motions([small_lib.motion(0)]))
    assert main(words(moved, "--training-max-iterations", 3)) == 1
    assert "motions: " in capsys.readouterr().err


def test_a_run_goes_on_by_code_that_means_something_else(
    library: Path,
    motion_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert main(words(library, "--training-max-iterations", 1)) == 0
    last = results(motion_home) / "last.ckpt"
    (first,) = load_checkpoint(last).facts.learning_codes
    monkeypatch.setattr(session, "learning_code", lambda *_: "0123456789abcdef")
    with caplog.at_level(logging.INFO):
        assert main(words(library, "--training-max-iterations", 2)) == 0
    facts = load_checkpoint(last).facts
    assert facts.epoch == 2
    assert facts.learning_codes == (first, "0123456789abcdef")
    assert f"learned by ({first}, then 0123456789abcdef); it goes on" in caplog.text
    subject = open_subject(last)
    assert (subject.code, subject.code_is_current) == (first, False)
    metadata = evaluation_metadata(subject, EvaluationConfig())
    assert metadata["learning_codes"] == [first, "0123456789abcdef"]
    assert "outdated: trained by other code" in metadata["lineage"][0]["detail"]


def test_an_experiment_of_any_robot_takes_the_motions_and_refuses_others(
    library: Path,
    motion_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    general = ("--experiment-path", ROOT / "training/experiments/mimic/mlp.py")
    assert main(words(library, *general, "--create-config-only")) == 0
    assert load_experiment(results(motion_home) / "resolved_configs.yaml").robot == "microduck"
    monkeypatch.setattr(session, "build_env", lambda *_, **__: pytest.fail("an env was built"))
    for more, message in (
        ((*general, "--robot-name", "g1"), "robot is g1 (29 dofs), motions"),
        (("--overrides", "motion_lib.fps=30"), "motion_lib.fps is 30"),
    ):
        assert main(words(library, *more, name="other")) == 1
        assert message in capsys.readouterr().err
    assert not results(motion_home, "other").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--overrides", "agent.gama=1"), "nearest: gamma"),
        (("--overrides", "env.rewards.body_pos.sigma=wide"), "expected a number"),
        (("--overrides", "agent.gamma"), "field=value"),
        (("--simulator", "mujocco"), "nearest: mujoco"),
        (("--robot-name", "microduk"), "nearest: microduck"),
        (("--robot-name", "g1"), "g1"),
        (("--motion-file", "/absent/x.npz"), "no such file"),
        (("--registry-name", "walk"), "choose one"),
        (("--experiment-name", "../x"), "experiment name"),
        (("--experiment-path", "/absent.py"), "no such file"),
        (("--device", "warp9"), "no device"),
        (("--checkpoint", "/absent.ckpt"), "no such checkpoint"),
        (("--num-envs", "0"), "num_envs is 0"),
        (("--batch-size", "-1"), "agent.batch_size is -1, expected 0 or more"),
        (("--overrides", "simulator.decimation=0"), "decimation is 0, expected 1 or more"),
        (("--overrides", "saving.score_s=0"), "saving.score_s is 0.0, expected more than 0"),
        (("--num-envs", "1", "--overrides", "agent.num_steps=1"), "agent.num_steps is 1, expec"),
        (
            ("--batch-size", "1", "--overrides", "agent.normalize_advantage=mini_batch"),
            "agent.batch_size is 1, expected mini-batches of two",
        ),
    ],
)
def test_slips_are_explained(
    library: Path,
    motion_home: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    more: tuple[str, ...],
    message: str,
) -> None:
    assert main([*words(library, "--training-max-iterations", 1), *more]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert not (results(motion_home) / "last.ckpt").exists()


def test_a_damaged_checkpoint_is_never_gone_on_from(
    library: Path, motion_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scored = ("--overrides", "saving.score_every_epochs=1")
    assert main(words(library, "--training-max-iterations", 2, *scored)) == 0
    last, best = (results(motion_home) / name for name in ("last.ckpt", "score_based.ckpt"))
    content = bytearray(last.read_bytes())
    content[len(content) // 3] ^= 4
    last.write_bytes(content)
    assert main(words(library, "--training-max-iterations", 3, *scored)) == 1
    error = capsys.readouterr().err
    assert f"{last} is damaged" in error
    assert f"cp {best} {last}" in error
    assert last.read_bytes() == bytes(content)
    epoch = load_checkpoint(best).facts.epoch
    last.write_bytes(best.read_bytes())  # what the message says
    assert main(words(library, "--training-max-iterations", 3, *scored)) == 0
    epochs = [
        r["epoch"]
        for r in read_progress(results(motion_home) / "logs/progress.jsonl")
        if "epoch" in r
    ]
    assert epochs == [1, 2, 3]
    assert epoch <= 2
    last.write_bytes(content)
    best.write_bytes(b"")
    assert main(words(library, "--training-max-iterations", 4, *scored)) == 1
    error = capsys.readouterr().err
    assert "cp " not in error
    assert f"remove {results(motion_home)} to train anew" in error


def test_what_killed_runs_left_is_swept_and_strangers_are_not(
    library: Path, motion_home: Path
) -> None:
    folder = results(motion_home)
    (folder / "logs").mkdir(parents=True)
    left = [folder / f".last.ckpt.999999999-{HOST_TAG}456789ab.tmp"]
    left += [folder / "logs" / f".progress.jsonl.999999999-{HOST_TAG}456789ab.tmp"]
    strange = folder / ".notes.tmp"
    for path in (*left, strange):
        path.write_text("x")
    assert main(words(library, "--create-config-only")) == 0
    assert not any(path.exists() for path in left)
    assert strange.exists()


def test_no_motions_is_explained(motion_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--experiment-path", str(EXPERIMENT)]) == 1
    assert "--motion-file PATH or --registry-name" in capsys.readouterr().err


def test_create_config_only_trains_nothing(library: Path, motion_home: Path) -> None:
    assert main(words(library, "--create-config-only")) == 0
    folder = results(motion_home)
    assert (folder / "resolved_configs.yaml").exists()
    assert not (folder / "last.ckpt").exists()
    copy = folder / "resolved_configs.yaml"
    arguments = ["--experiment-path", str(copy), "--experiment-name", "from-yaml"]
    assert main([*arguments, "--training-max-iterations", "1"]) == 0


def test_motions_from_the_registry_and_a_warm_start(
    library: Path, motion_home: Path, microduck: Robot
) -> None:
    version = open_registry("local").publish({"motion.pt": library}, name="walk")
    base = words(library)
    base[base.index("--motion-file")], base[base.index(str(library))] = "--registry-name", "walk"
    assert main([*base, "--training-max-iterations", "1"]) == 0
    last = results(motion_home) / "last.ckpt"
    facts = load_checkpoint(last).facts
    assert facts.motions_reference == version.reference
    assert facts.artifact_sha256 == version.sha256
    again = [word if word != "run" else "warm" for word in base]
    assert main([*again, "--training-max-iterations", "1", "--checkpoint", str(last)]) == 0
    policy = load_policy(results(motion_home, "warm") / "last.ckpt")
    policy.check_robot(microduck)


def test_json_progress_on_standard_output(
    library: Path, motion_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(library, "--training-max-iterations", 2, "--json-progress")) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["event"] for r in records] == ["epoch", "epoch", "score"]
    assert 0.0 <= records[-1]["score/score"] <= 1.0


def start(library: Path, home: Path, *more: object) -> subprocess.Popen[str]:
    arguments = words(library, *more)
    return subprocess.Popen(
        [sys.executable, str(ROOT / "training" / "train_agent.py"), *arguments],
        env={**os.environ, "MOTION_HOME": str(home), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_epochs(process: subprocess.Popen[str], count: int) -> None:
    assert process.stdout is not None
    seen = 0
    for line in process.stdout:
        seen += line.startswith("epoch ")
        if seen >= count:
            return
    raise AssertionError(f"ended after {seen} epochs: {process.stderr and process.stderr.read()}")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_next_run_goes_on(
    library: Path, motion_home: Path, number: signal.Signals
) -> None:
    process = start(library, motion_home)
    wait_for_epochs(process, 3)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in error
    facts = load_checkpoint(results(motion_home) / "last.ckpt").facts
    assert facts.epoch >= 3
    assert main(words(library, "--training-max-iterations", facts.epoch + 1)) == 0
    assert load_checkpoint(results(motion_home) / "last.ckpt").facts.epoch == facts.epoch + 1


@pytest.mark.slow
def test_two_processes_do_not_share_a_folder(
    library: Path, motion_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(library, motion_home)
    try:
        wait_for_epochs(process, 1)
        assert main(words(library)) == 1
        assert "another process is training there" in capsys.readouterr().err
    finally:
        process.kill()
        process.communicate(timeout=60)


def fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"\0" * 65536)


@pytest.mark.slow
def test_a_full_disk_keeps_the_last_checkpoint(
    library: Path, tmp_path: Path, small_lib: MotionLib
) -> None:
    home = tmp_path / "small"
    home.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(home)]
    if os.geteuid() != 0 or subprocess.run(options, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        process = start(library, home, "--overrides", "saving.save_every_s=0.0")
        wait_for_epochs(process, 2)
        deadline = time.monotonic() + 30
        while not (results(home) / "last.ckpt").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        fill(home / "filler")
        _, error = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "No space left on device" in error
        (home / "filler").unlink()
        epoch = load_checkpoint(results(home) / "last.ckpt").facts.epoch
        assert epoch >= 1
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)


def test_an_evaluation_from_another_folder_finds_what_was_trained_on(
    library: Path, motion_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, away = tmp_path / "work", tmp_path / "away"
    work.mkdir()
    away.mkdir()
    (work / "clips.pt").write_bytes(library.read_bytes())
    shutil.copytree(ROOT / "data/robots/microduck", work / "duck")
    shutil.copy(EXPERIMENT, work / "mine.py")
    monkeypatch.chdir(work)
    relative = ["--experiment-path", "mine.py", "--motion-file", "clips.pt", "--robot-name", "duck"]
    assert (
        main(
            [
                *relative,
                *words(library, "--training-max-iterations", 1)[6:],
                "--experiment-name",
                "rel",
            ]
        )
        == 0
    )
    record = yaml.safe_load((results(motion_home, "rel") / "config.yaml").read_text())
    assert record["arguments"]["experiment_path"] == str(work / "mine.py")
    assert record["arguments"]["motion_file"] == str(work / "clips.pt")
    assert record["arguments"]["robot_name"] == str(work / "duck/robot.yaml")
    monkeypatch.chdir(away)
    last = results(motion_home, "rel") / "last.ckpt"
    options = ["--full-eval", "--no-baselines", "--output-dir", "out"]
    assert evaluate(["--checkpoint", str(last), *options]) == 0
    assert (away / "out/per_motion.parquet").is_file()


def test_an_agent_of_ones_own_is_trained_and_evaluated(
    library: Path, motion_home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN_AGENT)
    own = (
        "--training-max-iterations",
        2,
        "--experiment-path",
        path,
        "--overrides",
        "agent.bonus=0.5",
    )
    assert main(words(library, *own)) == 0
    assert main([*words(library, *own), "--training-max-iterations", "3"]) == 0
    folder = results(motion_home)
    epochs = [r for r in read_progress(folder / "logs/progress.jsonl") if r["event"] == "epoch"]
    assert [r["reward/bonus"] for r in epochs] == [0.5] * 3
    # another process knows it once the same file was imported
    command = [sys.executable, str(ROOT / "training/inference_agent.py"), "--checkpoint"]
    command += [str(folder / "last.ckpt"), "--seconds", "0.1", "--output-dir", str(tmp_path)]
    for more, status, said in (
        ([], 1, "agent.kind is 'test_own', expected one of ppo"),
        (["--experiment-path", str(path)], 0, "filmed 0.1 s"),
    ):
        done = subprocess.run(
            [*command, *more], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == status, done.stderr
        assert said in done.stdout + done.stderr


OWN_AGENT = f"""
import importlib.util
from dataclasses import dataclass, fields, replace
from typing import Literal

import torch

from training.agents.config import PPOConfig
from training.agents.opening import register_agent
from training.agents.ppo import PPO
from training.config import load_experiment
from training.inference_agent import main as evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConfig(PPOConfig):
    kind: Literal["test_own"] = "test_own"
    bonus: float = 0.0


@register_agent(OwnConfig)
class Own(PPO):
    def extra_rewards(self, rollout):
        return {{"bonus": torch.full_like(rollout.rewards, self.config.bonus)}}


def experiment():
    plain = load_experiment({str(EXPERIMENT)!r})
    values = {{f.name: getattr(plain.agent, f.name) for f in fields(plain.agent)}}
    return replace(plain, agent=OwnConfig(**{{**values, "kind": "test_own"}}))
"""


def test_a_task_without_motions_is_trained_and_resumed(motion_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "steer.py"
    path.write_text(
        "from tests.whole.test_addition_steering import TABLE, TASK\n"
        "from training.agents.config import NetworkConfig, PPOConfig\n"
        "from training.config import Experiment\n\n\n"
        "def experiment():\n"
        "    small = NetworkConfig(hidden=(16,))\n"
        "    agent = PPOConfig(actor=small, critic=small)\n"
        "    return Experiment(name='steer', robot='microduck', env=TASK, evaluation=TABLE,\n"
        "                      agent=agent, num_envs=8)\n"
    )
    for count in ("1", "2"):
        assert main(["--experiment-path", str(path), "--training-max-iterations", count]) == 0
    facts = load_checkpoint(results(motion_home, "steer") / "last.ckpt").facts
    assert (facts.epoch, facts.num_motions, facts.motions_sha256) == (2, 0, "")


def test_a_longer_budget_is_no_change_of_the_experiment(library: Path, motion_home: Path) -> None:
    assert main(words(library, "--training-max-steps", STEPS_AN_EPOCH)) == 0
    assert main(words(library, "--training-max-steps", 2 * STEPS_AN_EPOCH)) == 0
    facts = load_checkpoint(results(motion_home) / "last.ckpt").facts
    assert facts.epoch == 2
    assert replace(facts.experiment(), training_max_steps=1).name == "run"

from pathlib import Path

import pytest

from training.arguments import TrainArguments
from training.config import load_experiment
from training.launching import experiment_from_arguments, record_of
from training.values import ConfigError

FILE = Path(__file__).resolve().parents[2] / "training/experiments/mimic/microduck.py"


def test_flags_stand_above_overrides_and_those_above_the_file() -> None:
    overrides = ("num_envs=3", "agent.config.gamma=0.5", "env.config.rewards.body_pos.weight=2")
    arguments = TrainArguments(experiment_path=FILE, overrides=overrides, num_envs=7, seed=4)
    experiment = experiment_from_arguments(arguments)
    file = load_experiment(FILE)
    assert (experiment.num_envs, experiment.seed, experiment.name) == (7, 4, file.name)
    assert experiment.agent.gamma == 0.5
    assert experiment.env.rewards["body_pos"].weight == 2.0
    assert file.env.rewards["body_pos"].weight != 2.0


def test_motions_by_a_flag_keep_what_else_is_said_of_them() -> None:
    arguments = TrainArguments(
        experiment_path=FILE,
        motion_file="a.pt",
        overrides=("motion_lib.accept_implausible=true",),
    )
    assert experiment_from_arguments(arguments).motion_lib.accept_implausible
    assert not load_experiment(FILE).motion_lib.accept_implausible


def test_records_hold_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = TrainArguments(
        experiment_path=FILE, motion_file="a/b.pt", checkpoint=Path("x.ckpt"), max_seconds=3.0
    )
    record = record_of(arguments, experiment_from_arguments(arguments))
    assert record["motion_file"] == str(tmp_path / "a/b.pt")
    assert record["checkpoint"] == str(tmp_path / "x.ckpt")
    assert record["robot_name"] == ""
    assert record["max_seconds"] == 3.0


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"simulator": "mujocco"}, "nearest: mujoco"),
        ({"motion_file": "a", "registry_name": "b"}, "choose one"),
        ({"num_envs": 0}, "num_envs is 0, expected 1 or more"),
        ({"overrides": ("agent.kind=pppo",)}, r"agent\.kind is 'pppo'.*nearest: ppo"),
    ],
)
def test_slips_are_refused(flags: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        experiment_from_arguments(TrainArguments(experiment_path=FILE, **flags))

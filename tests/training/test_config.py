from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import yaml

from motionlib.errors import RobotError
from training.agents.config import PPOConfig
from training.config import (
    Bound,
    Experiment,
    MotionLibConfig,
    SavingConfig,
    TerrainConfig,
    experiment_from_yaml,
    learning_facts,
    load_experiment,
    with_absolute_paths,
    yaml_from_experiment,
)
from training.kinds import member_of
from training.overrides import override
from training.simulators.terrain import Terrain
from training.values import ConfigError

EXPERIMENTS = Path(__file__).resolve().parents[2] / "training" / "experiments"


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*/[a-z]*.py")), ids=lambda p: p.stem)
def test_every_experiment_round_trips_through_yaml(path: Path) -> None:
    experiment = load_experiment(path)
    assert experiment_from_yaml(yaml_from_experiment(experiment), where="x") == experiment


def test_unknown_keys_and_versions_are_refused() -> None:
    plain = yaml.safe_load(yaml_from_experiment(Experiment(name="x", robot="g1")))
    plain["experiment"]["env"]["rewards"]["body_pos"]["sigmma"] = 1.0
    with pytest.raises(ConfigError, match=r"run\.yaml: env\.rewards\.body_pos\.sigmma is unknown"):
        experiment_from_yaml(yaml.safe_dump(plain), where="run.yaml")
    plain = {"schema_version": 99, "experiment": {}}
    with pytest.raises(ConfigError, match=r"schema_version is 99, .* reads 2; say it anew"):
        experiment_from_yaml(yaml.safe_dump(plain), where="run.yaml")
    with pytest.raises(ConfigError, match="not YAML"):
        experiment_from_yaml("{", where="run.yaml")
    with pytest.raises(ConfigError, match="exactly the keys"):
        experiment_from_yaml("a: 1", where="run.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from training.agents.config import PPOConfig\n\n"
            "def experiment():\n    return PPOConfig(gamma=2)",
            r"mine\.py: PPOConfig\.gamma is 2\.0, expected 0 to 1",
        ),
        ("x = 1", "expected a function experiment"),
        ("def experiment():\n    return 3", "returned int"),
    ],
)
def test_a_file_that_is_no_experiment_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_experiment(path)


def test_only_what_changes_learning_is_compared() -> None:
    one = Experiment(name="x", robot="g1")
    budget = replace(one, training_max_steps=7, motion_lib=MotionLibConfig(motion_file="a.pt"))
    assert learning_facts(one) == learning_facts(budget)
    assert learning_facts(one) != learning_facts(replace(one, num_envs=3))


def test_motions_come_from_one_place() -> None:
    with pytest.raises(ValueError, match="choose one"):
        MotionLibConfig(motion_file="a", registry_name="b")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, r"Experiment\.name is '', expected something"),
        ({"num_envs": 0}, r"Experiment\.num_envs is 0, expected 1 or more"),
        ({"training_max_steps": -1}, r"training_max_steps is -1, expected 1 or more"),
        ({"num_envs": 1, "agent": PPOConfig(num_steps=1)}, r"agent\.num_steps is 1, expected 2"),
    ],
)
def test_every_value_has_its_range(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Experiment(**{"name": "x", "robot": "g1", **changes})


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (SavingConfig, {"save_every_s": -1.0}, r"save_every_s is -1\.0, expected 0 or more"),
        (SavingConfig, {"score_every_epochs": 0}, r"score_every_epochs is 0, expected 1 or more"),
        (SavingConfig, {"score_motions": 0}, r"score_motions is 0, expected 1 or more"),
        (SavingConfig, {"score_s": 0.0}, r"score_s is 0\.0, expected more than 0"),
        (Bound, {"metric": ""}, r"metric is '', expected something"),
        (Bound, {"metric": "x", "minimum": 2.0, "maximum": 1.0}, r"minimum is 2\.0, expected at m"),
    ],
)
def test_every_part_has_its_range(kind: type, values: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        kind(**values)


def test_paths_mean_the_same_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = Path(__file__).resolve().parents[2] / "data/robots/microduck"
    (tmp_path / "duck").symlink_to(robot)
    monkeypatch.chdir(tmp_path)
    motions = MotionLibConfig(motion_file="clips/x_slurmrank.pt")
    there = with_absolute_paths(Experiment(name="x", robot="duck", motion_lib=motions))
    assert there.motion_lib.motion_file == str(tmp_path / "clips/x_slurmrank.pt")
    assert Path(there.robot) == robot / "robot.yaml"
    named = Experiment(name="x", robot="g1")
    assert with_absolute_paths(named) == named
    with pytest.raises(RobotError, match="expected a known name"):
        with_absolute_paths(Experiment(name="x", robot="duk"))


def test_a_ground_from_outside_is_an_experiments_ground() -> None:
    @member_of(TerrainConfig)
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Step(TerrainConfig):
        kind: Literal["test_step"] = "test_step"
        height: float = 0.1

        def build(self) -> Terrain:
            heights = np.zeros((3, 3)) + self.height
            return Terrain(heights=heights, extent=(4.0, 4.0))

    experiment = Experiment(name="x", robot="g1", terrain=Step(height=0.3))
    assert experiment_from_yaml(yaml_from_experiment(experiment), where="x") == experiment
    assert (
        override(Experiment(name="x", robot="g1"), {"terrain.kind": "test_step"}).terrain == Step()
    )
    assert Experiment(name="x", robot="g1").terrain.build().is_flat

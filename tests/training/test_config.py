from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from training.config import (
    Experiment,
    MotionLibConfig,
    experiment_from_yaml,
    learning_facts,
    load_experiment,
    yaml_from_experiment,
)
from training.values import ConfigError

EXPERIMENTS = Path(__file__).resolve().parents[2] / "training" / "experiments"


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*/[a-z]*.py")), ids=lambda p: p.stem)
def test_every_experiment_round_trips_through_yaml(path: Path) -> None:
    experiment = load_experiment(path)
    assert experiment_from_yaml(yaml_from_experiment(experiment), where="x") == experiment


def test_unknown_keys_and_versions_are_refused() -> None:
    plain = yaml.safe_load(yaml_from_experiment(Experiment(name="x", robot="g1")))
    plain["experiment"]["env"]["rewards"]["body_poss"] = {}
    with pytest.raises(ConfigError, match=r"run\.yaml: env\.rewards\.body_poss is unknown"):
        experiment_from_yaml(yaml.safe_dump(plain), where="run.yaml")
    plain = {"schema_version": 99, "experiment": {}}
    with pytest.raises(ConfigError, match="schema_version is 99"):
        experiment_from_yaml(yaml.safe_dump(plain), where="run.yaml")
    with pytest.raises(ConfigError, match="not YAML"):
        experiment_from_yaml("{", where="run.yaml")
    with pytest.raises(ConfigError, match="exactly the keys"):
        experiment_from_yaml("a: 1", where="run.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
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

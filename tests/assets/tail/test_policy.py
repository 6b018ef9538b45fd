from dataclasses import replace
from pathlib import Path

import pytest

from assets.graph import graph_of
from assets.launch import PolicyLaunch, launch_config
from assets.layers import Layer
from assets.tail.policy import Launch
from assets.tail.tails import Tail, tails_of
from motionlib.errors import MotionError
from pipelines.recipe import load_recipe
from tests.asking_checks import asked
from training.checkpoint import CheckpointFacts, save_checkpoint
from training.config import Experiment, yaml_from_experiment
from training.learning_code import learning_code

RECIPE = """
name: mine
description: A recipe.
robot: microduck
source: {path: motions.pkl}
artifact: {name: mine}
training: {experiment: experiment.py, max_steps: 10, num_envs: 8, batch_size: 48}
"""
EXPERIMENT = """
from training.config import Experiment
def experiment():
    return Experiment(name="mine", robot="microduck", num_envs=4)
"""


class Desk:
    """A training, its published library, and the folder of results."""

    def __init__(self, folder: Path) -> None:
        (folder / "mine.yaml").write_text(RECIPE)
        (folder / "experiment.py").write_text(EXPERIMENT)
        self.recipe = load_recipe(folder / "mine.yaml")
        (self.tail,) = tails_of(self.recipe)
        self.artifact = Layer(path=folder / "v0", sha256="0", reference="local/motions/mine:v0")
        self.artifact.path.mkdir()
        self.library = self.artifact.path / self.tail.libraries["train"]
        self.library.write_bytes(b"motions")
        self.results = folder / "results"

    def name(self, tail: Tail | None = None, **changes: object) -> str:
        tail = tail or self.tail
        launch = Launch(tail, "", launch_config(tail.training)(**changes), self.artifact)
        return launch.folder(self.results).path.name


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_runs_name_moves_with_what_makes_another_policy(desk: Desk, tmp_path: Path) -> None:
    name = desk.name()
    assert name.startswith("mine-")
    assert name.endswith("-seed0")
    assert desk.name(max_steps=99) == name, "a larger budget goes on"
    training = replace(desk.tail.training, name="fast")
    others = {
        "seed": desk.name(seed=1),
        "environments": desk.name(num_envs=16),
        "an override": desk.name(overrides={"agent.gamma": "0.5"}),
        "the training's name": desk.name(replace(desk.tail, training=training)),
    }
    desk.library.write_bytes(b"other motions")
    others["the motions"] = desk.name()
    desk.library.write_bytes(b"motions")
    (tmp_path / "experiment.py").write_text(
        EXPERIMENT.replace("4)", "4, saving=SavingConfig(score_s=1.0))").replace(
            "import Experiment", "import Experiment, SavingConfig"
        )
    )
    assert desk.name() == name, "what is saved and scored changes nothing of what is learned"
    (tmp_path / "experiment.py").write_text(
        EXPERIMENT.replace("4)", "4, terrain=FlatTerrain(), agent=PPOConfig(gamma=0.5))").replace(
            "import Experiment",
            "import Experiment, FlatTerrain\nfrom training.agents.config import PPOConfig",
        )
    )
    others["the experiment"] = desk.name()
    assert name not in others.values()
    assert others["an override"] == others["the experiment"]


def test_an_empty_split_is_told_before_anything_is_trained(desk: Desk) -> None:
    desk.library.unlink()
    with pytest.raises(MotionError, match=r"mine:v0 has no .*: no clip of split train was kept"):
        desk.name()


FACTS = CheckpointFacts(
    robot_name="microduck",
    robot_sha256="0",
    robot_semantic_sha256="0",
    motions_reference="local/motions/mine:v0",
    motions_sha256="0",
    artifact_sha256="0",
    num_motions=1,
    obs_dims={},
    num_actions=14,
    experiment_yaml=yaml_from_experiment(Experiment(name="mine", robot="microduck", num_envs=4)),
    code_version="0",
    seed=0,
)


def train(desk: Desk, name: str, *codes: str) -> Path:
    """Put a state where a training's newest one is, trained by some code."""
    folder = desk.results / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "last.ckpt"
    save_checkpoint(path, replace(FACTS, learning_codes=codes), agent={}, env={})
    return path


def current(desk: Desk) -> str:
    return learning_code(desk.tail.experiment_path(""), FACTS.experiment())


def test_an_outdated_policy_is_used_and_trained_anew_only_when_asked(
    desk: Desk,
) -> None:
    now, name = current(desk), desk.name()
    train(desk, name, now)
    assert desk.name(retrain=True) == name, "nothing is outdated"
    train(desk, name, "0123456789abcdef")
    assert desk.name() == name
    assert desk.name(retrain=True) == f"{name}-v2"
    train(desk, f"{name}-v2", now)
    assert desk.name() == f"{name}-v2"
    assert desk.name(retrain=True) == f"{name}-v2"
    assert (desk.results / name / "last.ckpt").is_file(), "the old one stays"


def test_the_check_says_that_it_is_outdated(
    desk: Desk,
) -> None:
    (check,) = [c for c in graph_of(desk.recipe).checks if c.check_key.name == "is_current"]
    now, name = current(desk), desk.name()
    for codes, told in (((now,), ""), (("0123456789abcdef", now), "0123456789abcdef, now " + now)):
        path = train(desk, name, *codes)
        found = asked(check, policy=Layer(path=path, sha256=""))
        assert found.passed is not bool(told)
        assert told in str(found.description)


def test_the_experiment_of_another_robot_is_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "experiment.py").write_text(EXPERIMENT.replace("microduck", "g1"))
    with pytest.raises(MotionError, match=r"robot is g1 .*, asked to train microduck"):
        desk.name()


def test_the_program_is_told_recipe_and_launch(desk: Desk) -> None:
    form = PolicyLaunch(seed=3, max_steps=20, num_envs=16, overrides={"agent.gamma": "0.5"})
    arguments = Launch(desk.tail, "", form, desk.artifact).arguments("mine-1-seed3")
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    assert given["--training-max-steps"] == "20"
    assert given["--seed"] == "3"
    assert given["--num-envs"] == "16"
    assert given["--registry-file"] == desk.library.name
    assert arguments[-2:] == ["--overrides", "agent.gamma=0.5"]


def test_the_program_is_told_when_and_on_what_to_evaluate(desk: Desk) -> None:
    training = replace(desk.tail.training, eval_metrics_every=50, eval_split="train")
    tail = replace(desk.tail, training=training)
    form = PolicyLaunch(seed=3, max_steps=20, num_envs=16)
    arguments = Launch(tail, "", form, desk.artifact).arguments("mine-1-seed3")
    assert arguments[arguments.index("--eval-metrics-every") + 1] == "50"
    assert arguments[arguments.index("--overrides") + 1 :] == [
        f"evaluating.motion_lib.registry_name={desk.artifact.reference}",
        f"evaluating.motion_lib.registry_file={desk.library.name}",
    ]
